//! A bad network: between client and server, it refuses connections, cuts them, and lets them stall.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use xtask::Result;

/// Longer than the client waits.
const STALL: Duration = Duration::from_secs(4);

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    Refused,
    /// After so many bytes of the server.
    Cut(usize),
    Stalls(usize),
}

impl Fate {
    fn draw(random: &mut fastrand::Rng) -> Self {
        // Some end in the handshake, most after some contexts.
        let after = |random: &mut fastrand::Rng| match random.u8(..4) {
            0 => random.usize(..400),
            _ => random.usize(..4_000_000),
        };
        match random.u8(..20) {
            0 => Self::Refused,
            1..=7 => Self::Cut(after(random)),
            8..=10 => Self::Stalls(after(random)),
            _ => Self::Good,
        }
    }
}

/// It ends, with all connections, when this is dropped.
pub(crate) struct Trouble {
    pub(crate) address: SocketAddr,
    // Held for its threads.
    _runtime: Runtime,
}

impl Trouble {
    pub(crate) fn start(server: SocketAddr, seed: u64) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            let mut random = fastrand::Rng::with_seed(seed);
            while let Ok((client, _)) = listener.accept().await {
                let fate = Fate::draw(&mut random);
                #[expect(
                    clippy::disallowed_methods,
                    reason = "ends with its connection, or with the runtime, which `Trouble` owns"
                )]
                tokio::spawn(async move {
                    // A connection that breaks is what this is for.
                    let _ = pass(client, server, fate).await;
                });
            }
        });
        Ok(Self {
            address,
            _runtime: runtime,
        })
    }
}

async fn pass(client: TcpStream, server: SocketAddr, fate: Fate) -> std::io::Result<()> {
    if fate == Fate::Refused {
        return Ok(());
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let back = async {
        let mut passed = 0;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = from_server.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            let left = match fate {
                Fate::Cut(after) | Fate::Stalls(after) => after.saturating_sub(passed),
                Fate::Good | Fate::Refused => length,
            };
            to_client.write_all(&buffer[..length.min(left)]).await?;
            passed += length;
            if left < length {
                if matches!(fate, Fate::Stalls(_)) {
                    tokio::time::sleep(STALL).await;
                }
                return Ok(());
            }
        }
    };
    tokio::select! {
        // Both ends are dropped when either direction is over.
        ended = back => ended,
        ended = tokio::io::copy(&mut from_client, &mut to_server) => ended.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    #[test]
    fn every_fate_comes() {
        let mut random = fastrand::Rng::with_seed(1);
        let fates: Vec<Fate> = (0..200).map(|_| Fate::draw(&mut random)).collect();
        assert!(fates.contains(&Fate::Good) && fates.contains(&Fate::Refused));
        assert!(fates.iter().any(|fate| matches!(fate, Fate::Cut(..400))));
        assert!(fates.iter().any(|fate| matches!(fate, Fate::Stalls(_))));
    }

    /// What a client gets of 1000 bytes.
    fn received(fate: Fate) -> usize {
        let server = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = server.local_addr().unwrap();
        let serving = std::thread::spawn(move || {
            if let Ok((mut stream, _)) = server.accept() {
                let _ = stream.write_all(&[7; 1000]);
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let got = runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (accepted, _) = listener.accept().await.unwrap();
            let _ = pass(accepted, address, fate).await;
            let mut got = Vec::new();
            let _ = client.read_to_end(&mut got);
            got.len()
        });
        serving.join().unwrap();
        got
    }

    #[test]
    fn a_connection_is_cut_at_its_byte() {
        assert_eq!(received(Fate::Good), 1000);
        assert_eq!(received(Fate::Cut(321)), 321);
    }
}
