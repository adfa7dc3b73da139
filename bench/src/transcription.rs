//! Speech to text: an hour of audio to the service.

use cartesia::stt::{LiveSpec, SttEncoding, SttFormat, SttModelId};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use xtask::Result;

use crate::scenario::{Client, Figures};
use crate::usage::{Usage, memory, peak_memory};

/// Minutes of audio.
const MINUTES: usize = 60;
/// 100 ms of 8-bit samples, 8000 of them in a second.
const PIECE: usize = 800;
const PIECES: usize = MINUTES * 60 * 10;

fn piece() -> Vec<u8> {
    vec![0x55; PIECE]
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) async fn measure(client: Client, port: u16) -> Result<Figures> {
    let before = Usage::now()?;
    let texts = match client {
        Client::Ours => ours(port).await?,
        _ => floor(port).await?,
    };
    if texts == 0 {
        return Err("nothing was transcribed".into());
    }
    let used = Usage::now()?.since(before);
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 / MINUTES as f64,
        faults_per_chunk: used.faults as f64 / PIECES as f64,
        switches_per_chunk: used.switches as f64 / PIECES as f64,
        memory: peak_memory()?.max(memory()?) as f64 / 1024.0,
        ..Figures::default()
    })
}

async fn ours(port: u16) -> Result<usize> {
    let client = cartesia::Client::builder()
        .api_key("sk_bench")
        .base_url(format!("http://127.0.0.1:{port}/0/0/0"))
        .build()?;
    let format = SttFormat::new(SttEncoding::PcmMulaw, 8_000);
    let spec = LiveSpec::new(SttModelId::INK_2, format);
    let (mut input, mut output) = client.stt().live(spec).await?.split();
    let writer = async {
        for _ in 0..PIECES {
            input.send(piece()).await?;
        }
        input.finish().await
    };
    let reader = async {
        let mut texts = 0;
        while let Some(_event) = output.next_event().await? {
            texts += 1;
        }
        Ok(texts)
    };
    Ok(tokio::try_join!(writer, reader)?.1)
}

/// Sends the same messages, and drops what comes back.
async fn floor(port: u16) -> Result<usize> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://127.0.0.1:{port}/0/0/0/stt/websocket");
    let (mut sender, mut receiver) = client_async(url, stream).await?.0.split();
    let writer = async {
        for _ in 0..PIECES {
            sender.send(Message::binary(piece())).await?;
        }
        sender.send(Message::text("close")).await
    };
    let reader = async {
        let mut texts = 0;
        while let Some(Ok(message)) = receiver.next().await {
            texts += usize::from(message.is_text());
        }
        Ok(texts)
    };
    Ok(tokio::try_join!(writer, reader)?.1)
}
