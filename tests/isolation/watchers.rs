//! Watchers of folders: the kernel has few for a user, and the host is one user.

use serde_json::json;

use super::{
    support::{eventually, source_exec},
    tenant::Street,
};

/// Makes watchers and keeps them; has one watch folders; or waits for what happens in a folder of its own.
const WATCHES: &str = r#"
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.TimeUnit;

public class Main {
    static final List<WatchService> KEPT = new ArrayList<>();

    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        Path home = Path.of("").toAbsolutePath();
        switch (args.get("how").getAsString()) {
            case "hoard" -> {
                try {
                    for (int i = 0; i < 200; i++) KEPT.add(home.getFileSystem().newWatchService());
                } catch (IOException refused) {
                    result.addProperty("refused", refused.getMessage());
                }
                result.addProperty("kept", KEPT.size());
            }
            case "folders" -> {
                int watched = 0;
                try (WatchService watch = home.getFileSystem().newWatchService()) {
                    for (int i = 0; i < 1500; i++, watched++) {
                        Files.createDirectory(home.resolve("folder" + i)).register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                    }
                } catch (IOException refused) {
                    result.addProperty("refused", refused.getMessage());
                }
                result.addProperty("watched", watched);
            }
            default -> {
                Path folder = Files.createTempDirectory(home, "watched");
                try (WatchService watch = home.getFileSystem().newWatchService()) {
                    folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                    Files.createFile(folder.resolve("new"));
                    WatchKey key = watch.poll(20, TimeUnit.SECONDS);
                    result.addProperty("seen", key.pollEvents().get(0).context().toString());
                }
            }
        }
        return result;
    }
}
"#;

fn deploy(street: &Street, name: &str) {
    let body = json!({ "exec": source_exec(WATCHES), "limits": { "threads": 100 } });
    let path = format!("/api/v1/namespaces/_/actions/{name}?overwrite=true");
    street.host.send("PUT", &path, Some(&body)).expect(200);
    street.host.send_as(Some(street.other()), "PUT", &path, Some(&body)).expect(200);
}

/// What the functions of a namespace may have.
fn own_max() -> u64 {
    let said = std::fs::read_to_string("/proc/sys/fs/inotify/max_user_instances").unwrap();
    (said.trim().parse::<u64>().unwrap() / 8).max(1)
}

#[test]
fn a_namespace_takes_no_more_watchers_than_its_part() {
    const HOARDERS: [&str; 3] = ["one", "two", "three"];
    let street = Street::start();
    HOARDERS.iter().chain(&["watches"]).for_each(|name| deploy(&street, name));
    let hoards: Vec<_> =
        HOARDERS.iter().map(|name| street.attack(name, &json!({ "how": "hoard" }))).collect();
    let kept: u64 = hoards.iter().map(|hoard| hoard["kept"].as_u64().unwrap()).sum();
    assert!(kept <= own_max() && kept > 0, "{hoards:?}");
    let last = hoards.last().unwrap();
    let text = format!("the limit of {} for the functions of a namespace", own_max());
    assert!(last["refused"].as_str().unwrap().contains(&text), "{last:?}");
    for _ in 0..3 {
        assert_eq!(street.victim("watches", &json!({ "how": "see" }))["seen"], "new");
    }
    // What the deleted functions had is closed.
    for name in HOARDERS {
        street.host.send("DELETE", &format!("/api/v1/namespaces/_/actions/{name}"), None).expect(200);
    }
    eventually("they are free again", || {
        street.host.invoke("watches", &json!({ "how": "see" })).json()["response"]["result"]["seen"] == "new"
    });
}

#[test]
fn a_watcher_watches_a_thousand_folders() {
    let street = Street::start();
    deploy(&street, "watches");
    let end = street.attack("watches", &json!({ "how": "folders" }));
    assert_eq!(end["watched"], 1000, "{end:?}");
    assert!(end["refused"].as_str().unwrap().contains("the limit of 1000 for a watcher"), "{end:?}");
    assert_eq!(street.victim("watches", &json!({ "how": "see" }))["seen"], "new");
}
