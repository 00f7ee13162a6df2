//! A server that misbehaves in every way that servers do.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

/// What a server does with one request: the stream, the path, the first byte asked for.
type Answer = Arc<dyn Fn(&mut TcpStream, &str, u64) -> std::io::Result<()> + Send + Sync>;

/// A server on the loopback address.
pub struct Server {
    base: String,
    asked: Arc<Mutex<Vec<(String, u64)>>>,
}

impl Server {
    pub fn new(answer: impl Fn(&mut TcpStream, &str, u64) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer): (_, Answer) = (asked.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (log.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &log, &answer));
            }
        });
        Self { base, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    fn starts(&self) -> Vec<u64> {
        self.asked.lock().unwrap().iter().map(|(_, start)| *start).collect()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<(String, u64)>>, answer: &Answer) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(std::io::Result::ok);
    let path = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)).unwrap_or_default();
    let mut start = 0;
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_lowercase().strip_prefix("range: bytes=") {
            start = value.trim_end_matches('-').parse().unwrap();
        }
    }
    log.lock().unwrap().push((path.clone(), start));
    let _ = answer(&mut stream, &path, start);
}

/// Sends `bytes` from `start` on, with the length of all that is left, but only the first `most` of them.
pub fn send(stream: &mut TcpStream, bytes: &[u8], start: u64, most: usize) -> std::io::Result<()> {
    let (whole, rest) = (bytes.len(), &bytes[start as usize..]);
    if start > 0 {
        write!(stream, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{whole}\r\n", whole - 1)?;
    } else {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
    }
    write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
    stream.write_all(&rest[..rest.len().min(most)])
}

pub fn content() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

pub fn remote(bytes: &[u8]) -> Remote {
    let digest: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Remote { name: "set.bin", url: "http://127.0.0.1:1/set.bin", bytes: bytes.len() as u64, md5: digest.leak() }
}

pub const QUICK: Patience = Patience { stall: Duration::from_millis(400), tries: 3, pause: Duration::from_millis(1) };

struct Got {
    dir: tempfile::TempDir,
    done: Result<()>,
}

impl Got {
    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.dir.path().join("part")).unwrap()
    }

    fn fault(&self) -> String {
        self.done.as_ref().unwrap_err().to_string()
    }
}

fn get(urls: &[String], before: &[u8]) -> Got {
    let dir = tempfile::tempdir().unwrap();
    let part = dir.path().join("part");
    std::fs::write(&part, before).unwrap();
    let done = download(&remote(&content()), urls, &part, QUICK, &ProgressBar::hidden());
    Got { dir, done }
}

#[test]
fn a_dropped_connection_is_gone_on_with() {
    let server = Server::new(|stream, _, start| send(stream, &content(), start, 70_000));
    let got = get(&[server.url("set.bin")], &[]);
    got.done.as_ref().unwrap();
    assert!(got.bytes() == content());
    let starts = server.starts();
    assert!(starts.len() >= 5 && starts.windows(2).all(|pair| pair[0] < pair[1]), "each try goes on where the last ended: {starts:?}");
}

#[test]
fn what_an_earlier_process_left_is_gone_on_with() {
    let server = Server::new(|stream, _, start| send(stream, &content(), start, usize::MAX));
    let got = get(&[server.url("set.bin")], &content()[..123_456]);
    assert!(got.done.is_ok() && got.bytes() == content());
    assert_eq!(server.starts(), [123_456]);
}

#[test]
fn a_whole_file_that_was_left_is_not_fetched_again() {
    let server = Server::new(|stream, _, _| {
        write!(stream, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */300000\r\nContent-Length: 0\r\n\r\n")
    });
    let got = get(&[server.url("set.bin")], &content());
    assert!(got.done.is_ok() && got.bytes() == content());
}

#[test]
fn a_server_that_cannot_go_on_starts_again() {
    let server = Server::new(|stream, _, _| send(stream, &content(), 0, usize::MAX));
    let got = get(&[server.url("set.bin")], &content()[..5_000]);
    assert!(got.done.is_ok() && got.bytes() == content());
}

#[test]
fn the_rest_of_another_file_is_thrown_away() {
    let server = Server::new(|stream, _, start| send(stream, &content(), start, usize::MAX));
    let got = get(&[server.url("set.bin")], &[9; 1000]);
    assert!(got.done.is_ok() && got.bytes() == content());
    assert_eq!(server.starts(), [1000, 0]);
}

#[test]
fn corrupt_bytes_are_refused_and_the_next_place_is_asked() {
    let bad = Server::new(|stream, _, start| {
        let mut bytes = content();
        bytes[200_000] ^= 1;
        send(stream, &bytes, start, usize::MAX)
    });
    let good = Server::new(|stream, _, start| send(stream, &content(), start, usize::MAX));
    assert!(get(&[bad.url("set.bin"), good.url("set.bin")], &[]).done.is_ok());
    let alone = get(&[bad.url("set.bin")], &[]);
    assert!(alone.fault().contains("MD5") && alone.fault().contains("--from"), "{}", alone.fault());
    assert!(alone.bytes().is_empty(), "a wrong file is not gone on with");
}

#[test]
fn a_file_that_is_cut_on_the_server_is_refused() {
    let server = Server::new(|stream, _, start| send(stream, &content()[..100_000], start, usize::MAX));
    assert!(get(&[server.url("set.bin")], &[]).fault().contains("MD5"));
}

#[test]
fn redirects_are_followed_with_the_place_to_go_on_and_circles_end() {
    let server = Server::new(|stream, path, start| match path {
        "/set.bin" => write!(stream, "HTTP/1.1 302 Found\r\nLocation: /there/set.bin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        "/circle" => write!(stream, "HTTP/1.1 301 Moved\r\nLocation: /circle\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        _ => send(stream, &content(), start, 150_000),
    });
    let got = get(&[server.url("set.bin")], &[]);
    assert!(got.done.is_ok() && got.bytes() == content());
    assert!(server.starts().contains(&150_000));
    assert!(get(&[server.url("circle")], &[]).fault().contains("circle"));
}

#[test]
fn busy_servers_are_asked_again_and_missing_files_are_not() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server = Server::new(move |stream, path, start| {
        if path == "/none" {
            return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => write!(stream, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            1 => Ok(()),
            _ => send(stream, &content(), start, usize::MAX),
        }
    });
    assert!(get(&[server.url("set.bin")], &[]).done.is_ok());
    let none = get(&[server.url("none")], &[]);
    assert!(none.fault().contains("404"), "{}", none.fault());
    assert_eq!(server.asked.lock().unwrap().iter().filter(|(path, _)| path == "/none").count(), 1);
}

#[test]
fn a_server_that_falls_silent_or_never_ends_is_left() {
    // Half the file, then nothing: the rest comes by another try.
    let silent = Server::new(|stream, _, start| {
        send(stream, &content(), start, 150_000)?;
        std::thread::sleep(Duration::from_secs(3));
        Ok(())
    });
    let begun = std::time::Instant::now();
    let other = Server::new(|stream, _, start| send(stream, &content(), start, usize::MAX));
    let dead = Server::new(|_, _, _| {
        std::thread::sleep(Duration::from_secs(3));
        Ok(())
    });
    assert!(get(&[dead.url("set.bin"), other.url("set.bin")], &[]).done.is_ok());
    assert!(get(&[silent.url("set.bin")], &[]).done.is_ok());
    assert!(begun.elapsed().as_secs() < 10);
    let endless = Server::new(|stream, _, _| {
        write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        loop {
            stream.write_all(&[7; 65_536])?;
        }
    });
    let got = get(&[endless.url("set.bin")], &[]);
    assert!(got.fault().contains("more than") && got.bytes().is_empty(), "{}", got.fault());
}

#[test]
fn a_second_fetch_of_one_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let part = dir.path().join("part");
    let _first = open(&part).unwrap();
    assert!(open(&part).unwrap_err().to_string().contains("another fetch"));
}
