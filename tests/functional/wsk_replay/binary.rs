//! The real wsk, where there is one: the same story, by what it prints.

use std::process::{Command, Stdio};

use crate::support::{Flockd, project};

/// What wsk printed, and how it ended.
struct Said {
    code: i32,
    text: String,
}

impl Said {
    #[track_caller]
    fn ok(self, part: &str) -> String {
        assert_eq!(self.code, 0, "{}", self.text);
        assert!(self.text.contains(part), "{part:?} is not in: {}", self.text);
        self.text
    }

    #[track_caller]
    fn fails(self, part: &str) {
        assert_ne!(self.code, 0, "{}", self.text);
        assert!(self.text.contains(part), "{part:?} is not in: {}", self.text);
    }
}

#[test]
fn the_real_wsk_where_it_is_given() {
    let Some(program) = std::env::var_os("WSK").filter(|path| !path.is_empty()) else {
        eprintln!("skipped: WSK names no wsk binary");
        return;
    };
    let host = Flockd::start();
    let home = tempfile::tempdir().unwrap();
    let props = home.path().join("wskprops");
    std::fs::write(&props, format!("APIHOST={}\nAUTH={}\n", host.url, host.auth)).unwrap();
    let wsk = |words: &[&str]| {
        let output = Command::new(&program)
            .args(words)
            .env("WSK_CONFIG_FILE", &props)
            .env("HOME", home.path())
            .current_dir(home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        Said { code: output.status.code().unwrap_or(-1), text: String::from_utf8_lossy(&text).into_owned() }
    };
    let jar = project().join("functions/build/jars/hello.jar");
    let jar = jar.to_str().unwrap();

    wsk(&["property", "get", "--apibuild"]).ok("flock");
    wsk(&["namespace", "list"]).ok("guest");
    wsk(&["action", "create", "hello", jar, "--main", "hello.Hello"]).ok("created action hello");
    wsk(&["action", "create", "hello", jar, "--main", "hello.Hello"]).fails("resource already exists");
    wsk(&["action", "update", "hello", "-m", "512", "-t", "5000", "-a", "note", "x"])
        .ok("updated action hello");
    let shown = wsk(&["action", "get", "hello"]).ok("got action hello");
    assert!(shown.contains("512") && shown.contains("\"note\""), "{shown}");
    wsk(&["action", "get", "hello", "--save"]).ok("hello.jar");
    assert_eq!(std::fs::read(home.path().join("hello.jar")).unwrap(), std::fs::read(jar).unwrap());
    wsk(&["action", "get", "absent"]).fails("does not exist");
    wsk(&["action", "list"]).ok("/guest/hello");
    wsk(&["action", "create", "copy", "--copy", "hello"]).ok("created action copy");

    wsk(&["action", "invoke", "hello", "-r", "-p", "name", "Ada"]).ok("Hello, Ada!");
    wsk(&["action", "invoke", "hello", "-b", "-p", "name", "Ada"]).ok("\"success\": true");
    wsk(&["action", "invoke", "hello", "-r", "-p", "name", "3"]).fails("must be a string");
    let started = wsk(&["action", "invoke", "hello"]).ok("invoked /_/hello with id");
    let id = started.split_whitespace().last().unwrap().to_owned();
    host.record(&id);
    wsk(&["activation", "get", &id]).ok("Hello, stranger!");
    wsk(&["activation", "result", &id]).ok("Hello, stranger!");
    wsk(&["activation", "logs", &id]).ok("");
    let list = wsk(&["activation", "list", "-l", "10"]).ok(&id);
    assert!(list.contains("cold") && list.contains("warm"), "{list}");
    wsk(&["activation", "list", "hello", "-f", "-l", "1", "--since", "1"]).ok("\"activationId\"");
    wsk(&["activation", "poll", "--exit", "1", "--since-minutes", "1"]).ok(&id);

    wsk(&["action", "create", "chain", "--sequence", "hello,/guest/copy"]).ok("created action chain");
    wsk(&["action", "invoke", "chain", "-r"]).ok("Hello, stranger!");
    wsk(&["action", "create", "broken", "--sequence", "hello,absent"])
        .fails("Sequence component does not exist.");
    wsk(&["namespace", "get"]).ok("chain");
    wsk(&["package", "list", "/whisk.system"]).ok("/whisk.system/alarms");
    wsk(&["package", "create", "p", "-p", "name", "Grace"]).ok("created package p");
    wsk(&["action", "create", "p/hello", jar, "--main", "hello.Hello"]).ok("created action p/hello");
    wsk(&["package", "bind", "/guest/p", "b", "-p", "name", "Bob"]).ok("created binding b");
    wsk(&["action", "invoke", "p/hello", "-r"]).ok("Hello, Grace!");
    wsk(&["action", "invoke", "b/hello", "-r"]).ok("Hello, Bob!");
    wsk(&["package", "get", "b"]).ok("\"hello\"");
    wsk(&["trigger", "create", "t"]).ok("created trigger t");
    wsk(&["rule", "create", "r", "t", "p/hello"]).ok("created rule r");
    wsk(&["trigger", "fire", "t", "-p", "x", "1"]).ok("triggered /_/t with id");
    wsk(&["rule", "disable", "r"]).ok("disabled rule r");
    wsk(&["rule", "status", "r"]).ok("inactive");
    wsk(&["rule", "list"]).ok("/guest/r");
    wsk(&["trigger", "create", "beat", "--feed", "/whisk.system/alarms/alarm", "-p", "cron", "0 0 1 1 *"])
        .ok("created trigger beat");
    wsk(&["trigger", "get", "beat"]).ok("0 0 1 1 *");
    wsk(&["action", "update", "hello", "--web", "true"]).ok("updated action hello");
    wsk(&["action", "get", "hello", "--url"]).ok("/api/v1/web/guest/default/hello");
    for words in [
        ["rule", "r"],
        ["trigger", "t"],
        ["trigger", "beat"],
        ["action", "p/hello"],
        ["package", "b"],
        ["package", "p"],
    ] {
        wsk(&[words[0], "delete", words[1]]).ok(&format!("deleted {} {}", words[0], words[1]));
    }
    for name in ["chain", "copy", "hello"] {
        wsk(&["action", "delete", name]).ok(&format!("deleted action {name}"));
    }
}
