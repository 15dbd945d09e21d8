//! flockctl as a program among others: help, completions, pipes, and what it tells about itself.

use std::process::{Command, Stdio};

use super::{User, jar};
use crate::support::Flockd;

const COMMANDS: [&str; 12] = [
    "deploy",
    "invoke",
    "list",
    "get",
    "delete",
    "sequence",
    "activations",
    "logs",
    "namespace",
    "limits",
    "ping",
    "completions",
];

#[test]
fn help_version_and_wrong_usage() {
    let user = User::new();
    let help = user.run(&["--help"]).says(&["Exit codes:", "WSK_CONFIG_FILE"]);
    for command in COMMANDS {
        assert!(help.contains(command), "{command}");
        let own = user.run(&[command, "--help"]).ok();
        assert!(own.contains("Usage: flockctl") && own.contains(command), "{own}");
    }
    assert!(user.run(&["--version"]).ok().starts_with("flockctl "));
    user.run(&[]).fails(2, &["Usage: flockctl"]);
    user.run(&["launch"]).fails(2, &["launch"]);
    user.run(&["list", "--sideways"]).fails(2, &["--sideways"]);
    user.run(&["activations", "explode"]).fails(2, &["explode"]);
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let user = User::new();
    for (shell, sign) in
        [("bash", "complete -F _flockctl"), ("zsh", "#compdef flockctl"), ("fish", "complete -c flockctl")]
    {
        let script = user.run(&["completions", shell]).says(&[sign, "no-overwrite"]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
        // The shell itself reads the script without running it, where it is installed.
        let path = user.write(&format!("script.{shell}"), &script);
        match Command::new(shell).arg("-n").arg(&path).stdin(Stdio::null()).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{shell}: {said}");
            }
            Err(error) => eprintln!("{shell} is not here, so it did not read its script: {error}"),
        }
    }
    user.run(&["completions", "tcsh"]).fails(2, &["tcsh"]);
    user.run(&["completions"]).fails(2, &["SHELL"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("hello")]).ok();
    for words in [
        &["completions", "bash"][..],
        &["list"],
        &["get", "hello", "--json"],
        &["invoke", "hello", "-r"],
        &["limits"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = user.command(words).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn verbose_tells_the_requests_and_never_the_key() {
    let host = Flockd::start();
    let user = User::of(&host);
    let ran = user.run(&["-v", "list"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("> GET {}/api/v1/namespaces/", host.url)), "{}", ran.stderr);
    assert!(ran.stderr.contains("< 200 in ") && ran.stderr.contains("transaction "), "{}", ran.stderr);
    let key = host.auth.split_once(':').unwrap().1;
    assert!(!ran.stderr.contains(key) && !ran.stderr.contains("Basic"), "{}", ran.stderr);
    let wrong = user.with("AUTH", "uuid:secret-part").run(&["-v", "list"]);
    assert!(wrong.code == 4 && !wrong.stderr.contains("secret-part"), "{}", wrong.stderr);
}
