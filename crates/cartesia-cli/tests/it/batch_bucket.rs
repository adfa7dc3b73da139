//! `batch` into a bucket: an S3 server in this process, which keeps its objects in a folder.

use std::path::Path;
use std::process::{Command, Stdio};

use cartesia_mock::MockServer;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;

use crate::support::{Ran, program_for, run, until};

/// Serves the folders in `root` as buckets, as long as the test runs. Returns the address.
fn serve(root: &Path) -> String {
    let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    service.set_auth(SimpleAuth::from_single("id", "secret"));
    let service = service.build().into_shared();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    let connection = builder.serve_connection(TokioIo::new(socket), service);
                    connection.await.ok();
                });
            }
        });
    });
    format!("http://{address}")
}

fn command(server: &MockServer, folder: &Path, endpoint: &str) -> Command {
    let mut command = program_for(server, folder);
    command
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT", endpoint)
        .env("AWS_ALLOW_HTTP", "true");
    command
}

#[test]
fn a_bucket_is_filled_once_and_a_killed_run_holds_it_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("s3");
    std::fs::create_dir_all(root.join("bucket")).unwrap();
    let endpoint = serve(&root);
    let lines: Vec<String> = (0..30)
        .map(|line| format!("l{line},Line {line}\n"))
        .collect();
    let table = format!("id,text\n{}", lines.concat());
    std::fs::write(folder.path().join("lines.csv"), table).unwrap();
    let latency = std::time::Duration::from_millis(100);
    let server = MockServer::builder()
        .latency(latency)
        .start_on_thread()
        .unwrap();
    let words = |destination: &str, limit: &str| {
        format!(
            "batch lines.csv -o s3://bucket/{destination} --json --limit {limit} --format wav_16000"
        )
    };
    let batch = |destination: &str, limit: &str| -> Ran {
        let words = words(destination, limit);
        run(command(&server, folder.path(), &endpoint), words.split(' '))
    };

    let first = batch("out/deep", "3");
    assert_eq!(first.code, Some(0), "{first:?}");
    let second = batch("out/deep", "4");
    assert_eq!(second.report()["finished"], 3, "{second:?}");
    let made = std::fs::read_dir(root.join("bucket/out/deep")).unwrap();
    let made = made.filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_some_and(|extension| extension == "wav")
    });
    assert_eq!(made.count(), 7);

    let mut killed = command(&server, folder.path(), &endpoint)
        .args(words("killed", "30").split(' '))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lease = root.join("bucket/killed/.batch.lease");
    until("the claim", || lease.exists());
    killed.kill().unwrap();
    crate::support::status(&mut killed);
    let refused = batch("killed", "1");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let message = refused.report()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("try again in"), "{message}");
}
