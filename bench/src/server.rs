//! A server that is never the bottleneck: the messages of a long stream were made before it begins.
//!
//! The address says what it sends: `/CHUNK/COUNT/PACE`, before the paths of the service. `CHUNK` is bytes of audio
//! in a message and `COUNT` how many messages there are for a context. With a `PACE` other than 0 every context
//! gets a message in so many microseconds, spread over that time, and each says when it was sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64_simd::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};
use xtask::Result;

use crate::cores::{Cores, Role};
use crate::flood::Flood;
use crate::slow;

/// Where it listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) port: u16,
    /// The same over a slow network, with TLS.
    pub(crate) slow: u16,
    /// The authority of its certificate, as PEM.
    pub(crate) authority: String,
}

/// The name of a context is padded to so many letters, so that every client gets as many bytes.
const NAME: usize = 40;

#[derive(Debug, Clone, Copy)]
struct Plan {
    chunk: usize,
    count: usize,
    pace: Duration,
}

impl Plan {
    fn of(path: &str) -> Option<Self> {
        let mut parts = path.trim_start_matches('/').split('/');
        let mut number = || parts.next()?.parse().ok();
        Some(Self {
            chunk: number()?,
            count: number()?,
            pace: Duration::from_micros(number()? as u64),
        })
    }
}

/// Says where it listens, and serves until the reader of that goes away.
pub(crate) fn serve() -> Result {
    let cores = Arc::new(Cores::allowed()?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let slow = slow::start(port)?;
    let address = Address {
        port,
        slow: slow.port,
        authority: slow.authority,
    };
    println!("{}", serde_json::to_string(&address)?);
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            let cores = Arc::clone(&cores);
            // A client that goes away in the middle is none of our concern.
            std::thread::spawn(move || drop(answer(socket, &cores)));
        }
    });
    // The input ends with the process that started this one.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// Noise: base64 of silence would be one letter, which flatters every decoder.
fn noise(bytes: usize) -> String {
    let mut random = fastrand::Rng::with_seed(7);
    let audio: Vec<u8> = (0..bytes).map(|_| random.u8(..)).collect();
    STANDARD.encode_to_string(audio)
}

fn answer(mut socket: TcpStream, cores: &Cores) -> Result {
    socket.set_nodelay(true)?;
    let mut head = [0; 4096];
    let length = socket.peek(&mut head)?;
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let plan = Plan::of(path).ok_or("a path that says what to send")?;
    cores.keep_to(if plan.pace.is_zero() {
        Role::FastServer
    } else {
        Role::Other
    })?;
    if !path.contains("/websocket") {
        return events(&mut socket, plan);
    }
    socket.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let hears = path.contains("/stt/");
    runtime.block_on(async move {
        let socket = tokio::net::TcpStream::from_std(socket)?;
        let (_, messages) = ServerBuilder::new().accept(socket).await?;
        if hears {
            hear(messages).await
        } else {
            contexts(messages, plan).await
        }
    })
}

/// Every ten seconds of 8-bit audio are a sentence.
async fn hear(mut messages: WebSocketStream<tokio::net::TcpStream>) -> Result {
    const SENTENCE: usize = 80_000;
    let mut heard = 0;
    while let Some(Ok(message)) = messages.next().await {
        if message.is_binary() {
            let before = heard / SENTENCE;
            heard += message.as_payload().len();
            if heard / SENTENCE > before {
                let said = r#"{"type":"transcript","request_id":"r","is_final":true,"text":" Ten seconds are over.","duration":10.0,"words":[]}"#;
                messages.send(Message::text(said)).await?;
            }
        } else if message.as_text().is_some_and(|text| text.contains("close")) {
            messages.send(Message::text(r#"{"type":"done"}"#)).await?;
            messages.close().await?;
            break;
        }
    }
    Ok(())
}

/// Answers every request for speech on a connection with the same stream of events, and others with nothing.
fn events(socket: &mut TcpStream, plan: Plan) -> Result {
    let data = noise(plan.chunk);
    let mut random = fastrand::Rng::with_seed(7);
    let mut chunk = |out: &mut Vec<u8>| {
        let step_time = step_time(&mut random);
        let event = format!(
            "event: chunk\ndata: {{\"type\":\"chunk\",\"status_code\":206,\"done\":false,\
             \"data\":\"{data}\",\"step_time\":{step_time}}}\n\n"
        );
        part(&event, out);
    };
    let mut response = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                         transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    let flood = Flood::new(plan.count, plan.chunk, &mut chunk)?;
    if flood.is_none() {
        (0..plan.count).for_each(|_| chunk(&mut response));
    }
    let mut end = Vec::new();
    part(
        "event: done\ndata: {\"type\":\"done\",\"status_code\":200,\"done\":true}\n\n",
        &mut end,
    );
    end.extend(b"0\r\n\r\n");
    let mut reader = BufReader::new(socket.try_clone()?);
    loop {
        let (mut length, mut is_speech) = (0, false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            is_speech |= line.starts_with("POST ");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        if is_speech {
            if let Some(flood) = &flood {
                socket.write_all(&response)?;
                socket.set_nonblocking(true)?;
                flood.send(socket)?;
                socket.set_nonblocking(false)?;
                socket.write_all(&end)?;
            } else {
                socket.write_all(&[&response[..], &end].concat())?;
            }
        } else {
            socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
    }
}

/// Appends a part of a body with the transfer coding `chunked`.
fn part(text: &str, out: &mut Vec<u8>) {
    out.extend(format!("{:x}\r\n{text}\r\n", text.len()).bytes());
}

/// Waits for as many contexts as each of them announces, and speaks over all of them in turn.
async fn contexts(mut messages: WebSocketStream<tokio::net::TcpStream>, plan: Plan) -> Result {
    let data = noise(plan.chunk);
    let mut random = fastrand::Rng::with_seed(7);
    let mut names = Vec::new();
    while let Some(Ok(message)) = messages.next().await {
        let Some(text) = message.as_text() else {
            continue;
        };
        let message: serde_json::Value = serde_json::from_str(text)?;
        if message["cancel"] == true {
            continue;
        }
        let name = message["context_id"]
            .as_str()
            .ok_or("a context has a name")?;
        names.push(name.to_owned());
        // Other clients than those of this program speak one at a time.
        if names.len() as u64 != message["contexts"].as_u64().unwrap_or(1) {
            continue;
        }
        let socket = messages.get_mut();
        let mut out = Vec::new();
        if plan.pace.is_zero() {
            let mut round = |out: &mut Vec<u8>| {
                for name in &names {
                    chunk(name, &data, step_time(&mut random), out);
                }
            };
            let bytes = names.len() * plan.chunk;
            if let Some(flood) = Flood::new(plan.count, bytes, &mut round)? {
                flood.send(socket)?;
            } else {
                (0..plan.count).for_each(|_| round(&mut out));
            }
        } else {
            pace(socket, plan, &names, &data).await?;
        }
        for name in names.drain(..) {
            frame(
                &format!(
                    r#"{{"type":"done","context_id":"{name}","status_code":206,"done":true}}"#
                ),
                &mut out,
            );
        }
        socket.write_all(&out).await?;
    }
    Ok(())
}

async fn pace(
    socket: &mut tokio::net::TcpStream,
    plan: Plan,
    names: &[String],
    data: &str,
) -> Result {
    let start = Instant::now();
    let step = plan.pace / u32::try_from(names.len())?;
    let mut out = Vec::new();
    for number in 0..plan.count * names.len() {
        let due = start + step * u32::try_from(number)?;
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let sent = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3;
        out.clear();
        chunk(&names[number % names.len()], data, sent, &mut out);
        socket.write_all(&out).await?;
    }
    Ok(())
}

/// The time that the service worked on a chunk, in milliseconds. It varies in length, and so do the messages: if some of them
/// filled a buffer exactly, a client would read less at once than others do.
fn step_time(random: &mut fastrand::Rng) -> f64 {
    f64::from(random.u32(..10_000_000)) / 1e5
}

/// A chunk as the service writes it.
fn chunk(name: &str, data: &str, step_time: f64, out: &mut Vec<u8>) {
    let padding = NAME.saturating_sub(name.len());
    frame(
        &format!(
            r#"{{"type":"chunk","context_id":"{name}",{:padding$}"status_code":206,"done":false,"data":"{data}","step_time":{step_time},"flush_id":1}}"#,
            ""
        ),
        out,
    );
}

/// Appends a text message as a server frames it.
fn frame(text: &str, out: &mut Vec<u8>) {
    out.push(0x81);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length @ ..126), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend((text.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}
