//! What a function may do does what it does elsewhere, at the first call and at later ones.

use serde_json::{Value, json};

use super::support::{Flockd, source, source_exec};

fn deploy(host: &Flockd, name: &str, body: &str) {
    host.put(name, &json!({ "exec": source_exec(&source(body)) })).expect(200);
}

fn logs(record: &Value) -> String {
    record["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The JDK holds named loggers weakly, and only the root for good.
#[test]
fn loggers_that_nobody_keeps_log_after_a_collection() {
    let host = Flockd::start();
    deploy(
        &host,
        "logs",
        "java.util.logging.Logger.getLogger(\"my.app\").warning(\"the line\"); \
         java.util.logging.LogManager manager = java.util.logging.LogManager.getLogManager(); \
         args.addProperty(\"handlers\", manager.getLogger(\"\").getHandlers().length); \
         if (args.has(\"update\")) try { manager.updateConfiguration(new java.io.ByteArrayInputStream(\
         \".level=SEVERE\".getBytes()), null); } catch (java.io.IOException never) { throw new IllegalStateException(never); } \
         args.addProperty(\"level\", String.valueOf(manager.getLogger(\"\").getLevel())); \
         return args;",
    );
    deploy(
        &host,
        "garbage",
        "byte[] last = null; for (int i = 0; i < 20_000; i++) last = new byte[100_000]; \
         args.addProperty(\"bytes\", last.length); return args;",
    );
    for round in 0..3 {
        let record = host.invoke("logs", &json!({})).expect(200).json();
        assert!(logs(&record).contains("the line"), "round {round}: {record}");
        assert_eq!(record["response"]["result"], json!({ "handlers": 1, "level": "INFO" }), "round {round}");
        host.invoke("garbage", &json!({})).expect(200);
    }
    let updated = host.result("logs", &json!({ "update": true }));
    assert_eq!(updated["level"], "SEVERE", "{updated}");
}

#[test]
fn workers_of_ones_own_pools_find_what_the_function_brings() {
    let host = Flockd::start();
    deploy(
        &host,
        "pools",
        "ClassLoader own = Main.class.getClassLoader(); \
         java.util.concurrent.ExecutorService[] pools = { new java.util.concurrent.ForkJoinPool(2), \
         java.util.concurrent.Executors.newWorkStealingPool(), java.util.concurrent.ForkJoinPool.commonPool() }; \
         int found = 0; \
         for (java.util.concurrent.ExecutorService pool : pools) try { \
         if (pool.submit(() -> Thread.currentThread().getContextClassLoader()).get() == own) found++; \
         } catch (Exception failed) { throw new IllegalStateException(failed); } \
         args.addProperty(\"found\", found); return args;",
    );
    for _ in 0..2 {
        let result = host.result("pools", &json!({}));
        assert_eq!(result["found"], 3, "{result}");
    }
}

#[test]
fn the_store_of_ones_own_files_tells_its_room_and_no_path_of_the_host() {
    let host = Flockd::start();
    deploy(
        &host,
        "store",
        "try { java.nio.file.Path file = java.nio.file.Files.createTempFile(\"a\", null); \
         java.nio.file.FileStore store = java.nio.file.Files.getFileStore(file); \
         args.addProperty(\"room\", store.getTotalSpace() > 0 && store.getUsableSpace() > 0 \
         && store.getUsableSpace() <= (long) store.getAttribute(\"totalSpace\")); \
         args.addProperty(\"same\", store.equals(java.nio.file.Files.getFileStore(file.getParent()))); \
         args.addProperty(\"posix\", store.supportsFileAttributeView(\"posix\")); } \
         catch (java.io.IOException failed) { args.addProperty(\"failed\", failed.toString()); } \
         try { java.nio.file.Files.getFileStore(java.nio.file.Path.of(\"/etc\")); } \
         catch (java.io.IOException refused) { args.addProperty(\"elsewhere\", refused.toString()); } return args;",
    );
    let result = host.result("store", &json!({}));
    let expected = json!({ "room": true, "same": true, "posix": true,
        "elsewhere": "java.nio.file.NoSuchFileException: /etc" });
    assert_eq!(result, expected);
}
