//! A GiB up and a GiB down, and how much memory each takes above what the idle client has.
//!
//! `cargo bench -p cartesia-http --bench memory`. Reads the process's memory the way Linux tells it.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::print_stdout, reason = "it prints its results")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use cartesia_http::{Client, Upload};
use http::Method;

const GIB: u64 = 1 << 30;
const PIECE: usize = 64 * 1024;

/// Answers a form with nothing, and everything else with a GiB.
fn answer(mut socket: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(PIECE, socket.try_clone()?);
    loop {
        let mut length = 0_u64;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        if length > 0 {
            std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
            continue;
        }
        write!(socket, "HTTP/1.1 200 OK\r\ncontent-length: {GIB}\r\n\r\n")?;
        let piece = vec![0; PIECE];
        for _ in 0..GIB / PIECE as u64 {
            socket.write_all(&piece)?;
        }
    }
}

/// A line of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this bench runs on Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the line is there");
    let kib: u64 = line
        .trim_matches([':', '\t', ' ', 'k', 'B'])
        .parse()
        .expect("a number of kB");
    kib * 1024
}

/// Lets the peak start again from what is in use now.
fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            std::thread::spawn(move || answer(socket));
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a-gib.wav");
    File::create(&path)
        .and_then(|file| file.set_len(GIB))
        .expect("a sparse file");

    let client = Client::builder()
        .api_key("sk_bench")
        .base_url(&url)
        .build()
        .expect("it is set up");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    // Once in small, so that what is allocated once is there.
    runtime.block_on(async {
        let upload = Upload::from_bytes("a.wav", vec![0; PIECE]);
        let call = client
            .request(Method::POST, "/files")
            .form_file("file", upload);
        call.await
            .expect("it is taken")
            .collect()
            .await
            .expect("it is empty");
    });
    for name in ["upload", "download"] {
        let idle = memory("VmRSS");
        reset_peak();
        runtime.block_on(async {
            if name == "upload" {
                let upload = Upload::from_path(&path);
                let call = client
                    .request(Method::POST, "/files")
                    .form_file("file", upload);
                call.await
                    .expect("it is taken")
                    .collect()
                    .await
                    .expect("it is empty");
            } else {
                let body = client
                    .request(Method::GET, "/file")
                    .await
                    .expect("it answers");
                let bytes = body
                    .save(folder.path().join("saved"))
                    .await
                    .expect("it is saved");
                assert_eq!(bytes, GIB);
            }
        });
        let above = memory("VmHWM").saturating_sub(idle);
        println!("{name} of 1 GiB: {} KiB above idle", above / 1024);
        assert!(above < 32 << 20, "more than 32 MiB");
    }
}
