//! The threads that unpack and compile what is deployed: few, and behind the calls of functions.

use std::{
    io::Write,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::support::{Flockd, eventually, jar_exec, source, source_exec};

/// The same as in the host.
const MAKERS: usize = 2;

fn body(number: usize) -> Value {
    json!({ "exec": source_exec(&source(&format!("    args.addProperty(\"number\", {number}); return args;"))) })
}

/// The name and the nice value of each thread.
fn threads(host: &Flockd) -> Vec<(String, i32)> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", host.pid())).unwrap().flatten();
    let stats = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    stats
        .filter_map(|stat| {
            let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
            // The state is the third field of the file, the nice value the nineteenth.
            Some((name.to_owned(), rest.split_whitespace().nth(16)?.parse().ok()?))
        })
        .collect()
}

/// Compilers that run: the processes that the host has started.
fn compilers(host: &Flockd) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = processes.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    let parents = stats.filter_map(|stat| stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok());
    parents.filter(|parent: &u32| *parent == host.pid()).count()
}

#[test]
fn a_deployment_stands_back_behind_calls() {
    let host = Flockd::start();
    thread::scope(|scope| {
        let deployment = scope.spawn(|| host.put("slow", &body(1)).expect(200));
        eventually("the thread that compiles is there", || {
            let seen = threads(&host);
            assert!(!deployment.is_finished(), "it was never seen");
            // A thread has its name before it stands back.
            seen.iter().any(|(name, nice)| name == "image" && *nice > 0)
        });
        let of_http = |(name, _): &&(String, i32)| name.starts_with("http");
        assert!(threads(&host).iter().filter(of_http).all(|(_, nice)| *nice == 0));
    });
    assert_eq!(host.result("slow", &json!({})), json!({ "number": 1 }));
}

/// A client that does not wait for its answer gets no more of the machine than one that does.
#[test]
fn clients_that_hang_up_have_no_more_compiled_at_a_time() {
    const CLIENTS: usize = 5;
    let host = Flockd::start();
    let address = host.url.trim_start_matches("http://");
    let mut most = 0;
    for number in 0..CLIENTS {
        let body = body(number).to_string();
        let head = format!(
            "PUT /api/v1/namespaces/_/actions/gone{number} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            STANDARD.encode(&host.auth),
            body.len()
        );
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all((head + &body).as_bytes()).unwrap();
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(100) {
            most = most.max(compilers(&host));
            thread::sleep(Duration::from_millis(2));
        }
    }
    assert!((1..=MAKERS).contains(&most), "{most} at a time");
    eventually("all are done", || {
        most = most.max(compilers(&host));
        threads(&host).iter().all(|(name, _)| name != "image")
    });
    assert!(most <= MAKERS, "{most} at a time");
    host.put("waits", &body(CLIENTS)).expect(200);
}

/// As after an update of the JDK: the images are gone, and everybody calls at once.
#[test]
fn a_missing_image_is_made_once_however_many_call() {
    const CLIENTS: usize = 6;
    let host = Flockd::start();
    host.put("many", &body(1)).expect(200);
    remove_images(&host);
    let most = thread::scope(|scope| {
        let calls: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| host.client().invoke("many", &json!({})).unwrap())).collect();
        let mut most = 0;
        while !calls.iter().all(|call| call.is_finished()) {
            most = most.max(compilers(&host));
            thread::sleep(Duration::from_millis(1));
        }
        calls.into_iter().for_each(|call| drop(call.join().unwrap().expect(200)));
        most
    });
    assert_eq!(most, 1);
}

fn remove_images(host: &Flockd) {
    let files = std::fs::read_dir(host.data().join("code")).unwrap().flatten();
    let images =
        files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "image"));
    images.for_each(|path| std::fs::remove_file(path).unwrap());
}

/// What the host says when it finds code damaged is to deploy it again.
#[test]
fn deploying_again_heals_what_is_damaged() {
    let host = Flockd::start();
    host.put("whole", &body(1)).expect(200);
    remove_images(&host);
    let code = std::fs::read_dir(host.data().join("code")).unwrap().flatten().find(|file| {
        std::fs::read_to_string(file.path()).is_ok_and(|text| text.contains("public class Main"))
    });
    let path = code.unwrap().path();
    std::fs::write(&path, "public class Main {}").unwrap();
    assert_eq!(host.invoke("whole", &json!({})).status, 500);
    host.put("whole", &body(1)).expect(200);
    assert_eq!(host.result("whole", &json!({})), json!({ "number": 1 }));
    assert!(std::fs::read_to_string(&path).unwrap().contains("number"));
}

/// Also where a function runs that was loaded from it before: others with the same code do not get what that has open.
#[test]
fn an_image_that_is_damaged_while_it_is_used_is_made_anew_for_whoever_comes() {
    let host = Flockd::start();
    let put = json!({ "exec": jar_exec("hostile-outside", "hostile.outside.Outside") });
    for name in ["used", "not-called", "redeployed"] {
        host.put(name, &put).expect(200);
    }
    let works = |name: &str| host.invoke(name, &json!({ "how": "mappings", "count": 2 })).status == 200;
    assert!(works("used") && works("redeployed"));
    let files = std::fs::read_dir(host.data().join("code")).unwrap().flatten().map(|file| file.path());
    let mut largest: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|end| end == "image")).collect();
    largest.sort_by_key(|path| std::fs::metadata(path).unwrap().len());
    let image = std::fs::OpenOptions::new().write(true).open(largest.pop().unwrap()).unwrap();
    assert!(image.metadata().unwrap().len() > 8192, "it is mapped, not read");
    image.set_len(4096).unwrap();
    assert!(works("not-called"));
    host.put("new", &put).expect(200);
    assert!(works("new"));
    host.put("redeployed", &json!({ "limits": { "timeout": 50_000 } })).expect(200);
    assert!(works("redeployed"));
}
