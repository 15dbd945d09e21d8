//! Threads: a function finds and changes only its own, and looks at them without holding up others.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::tenant::{Street, end};

/// Asks for all threads by their numbers, with one of its own that says that each is its number.
const LIAR: &str = r#"
import com.google.gson.*;
import java.lang.management.*;

public class Main {
    static class Liar extends Thread {
        volatile long said;
        @SuppressWarnings("deprecation")
        public long getId() { return said == 0 ? super.getId() : said; }
        public void run() { try { Thread.sleep(20_000); } catch (InterruptedException over) { } }
    }

    public static JsonObject main(JsonObject args) throws Exception {
        Liar liar = new Liar();
        liar.setDaemon(true);
        liar.start();
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        JsonArray found = new JsonArray();
        for (long number = 1; number < 400; number++) {
            liar.said = number;
            ThreadInfo info = bean.getThreadInfo(new long[] {number}, 1)[0];
            if (info != null && !info.getThreadName().equals(liar.getName())) {
                found.add(info.getThreadName());
            }
        }
        liar.interrupt();
        JsonObject result = new JsonObject();
        result.addProperty("own", Thread.currentThread().getName());
        result.add("found", found);
        return result;
    }
}
"#;

/// Looks at its own thread from the bottom of a deep stack, with a lock that it holds.
const DEEP: &str = r#"
import com.google.gson.*;
import java.lang.management.*;
import java.util.concurrent.locks.ReentrantLock;

public class Main {
    static ThreadInfo[] down(int depth) {
        if (depth > 0) {
            return down(depth - 1);
        }
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        long[] own = {Thread.currentThread().getId()};
        return new ThreadInfo[] {bean.getThreadInfo(own, true, true)[0], bean.getThreadInfo(own, Integer.MAX_VALUE)[0]};
    }

    public static JsonObject main(JsonObject args) throws Exception {
        ReentrantLock lock = new ReentrantLock();
        lock.lock();
        ThreadInfo[][] seen = new ThreadInfo[1][];
        Thread thread = new Thread(null, () -> { lock.tryLock(); seen[0] = down(6000); }, "deep", 64 << 20);
        thread.start();
        thread.join();
        JsonObject result = new JsonObject();
        result.addProperty("synchronizers", seen[0][0].getLockedSynchronizers().length);
        result.addProperty("frames", seen[0][0].getStackTrace().length);
        result.addProperty("framesByDepth", seen[0][1].getStackTrace().length);
        return result;
    }
}
"#;

#[test]
fn no_thread_of_another_is_found_or_changed() {
    let street = Street::start();
    street.deploy("hostile-crowd");
    let (kept, found, changed) = std::thread::scope(|scope| {
        let victim = scope
            .spawn(|| street.victim("crowd", &json!({ "how": "keep", "name": "victim", "millis": 2000 })));
        std::thread::sleep(Duration::from_millis(700));
        let found = street.attack("crowd", &json!({ "how": "find" }));
        let changed = street.attack("crowd", &json!({ "how": "change" }));
        (victim.join().unwrap(), found, changed)
    });
    assert_eq!(end(&kept, "ended"), "well");
    assert_eq!(end(&kept, "name"), "victim");
    let names: BTreeSet<&str> = found["found"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(!names.is_empty(), "it finds itself");
    assert!(names.iter().all(|name| name.starts_with("lane-")), "{names:?}");
    assert!(end(&found, "top").starts_with("funclet-"), "{found:?}");
    assert!(end(&found, "dump").starts_with("refused"), "{found:?}");
    assert_eq!(changed["changed"], 0);
}

#[test]
fn threads_are_found_by_their_true_numbers() {
    let street = Street::start();
    street.deploy_source("liar", LIAR);
    street.victim("liar", &json!({}));
    let seen = street.attack("liar", &json!({}));
    assert_eq!(seen["found"], json!([seen["own"]]));
}

#[test]
fn what_is_asked_about_threads_looks_at_no_more_than_so_many_frames_and_never_at_the_heap() {
    let street = Street::start();
    street.deploy_source("deep", DEEP);
    let seen = street.attack("deep", &json!({}));
    assert_eq!(Value::Object(seen), json!({ "synchronizers": 0, "frames": 4096, "framesByDepth": 4096 }));
}
