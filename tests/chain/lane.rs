//! All hops of one namespace run on one thread; what is a thread's in Java is each function's own all the same.

use serde_json::{Value, json};

use super::{street::Street, support::source_exec};

#[test]
fn all_hops_run_on_one_thread_and_each_sees_its_own() {
    let street = Street::start();
    street.sequence("inner", &["identity2", "identity"]);
    street.sequence("looks", &["identity", "identity2", "inner", "identity2"]);
    for call in 1..=3 {
        let record = street.host.invoke("looks", &json!({})).expect(200).json();
        let seen = record["response"]["result"]["seen"].as_array().unwrap().clone();
        assert_eq!(seen.len(), 5, "{record}");
        for (at, look) in seen.iter().enumerate() {
            assert_eq!(look["thread"], seen[0]["thread"], "one thread: {seen:?}");
            assert_eq!(look["number"], seen[0]["number"], "one thread: {seen:?}");
            assert_eq!((&look["loaderIsOwn"], &look["interrupted"]), (&json!(true), &json!(false)), "{look}");
            let name = if [0, 3].contains(&at) { "/guest/identity" } else { "/guest/identity2" };
            assert_eq!(look["action"], name, "{seen:?}");
        }
        // Each function has a group and thread-locals of its own, and keeps both from hop to hop.
        assert_eq!(seen[0]["group"], seen[3]["group"]);
        assert_ne!(seen[0]["group"], seen[1]["group"]);
        let counts: Vec<u64> = seen.iter().map(|look| look["own"].as_u64().unwrap()).collect();
        let (one, two) = (2 * (call - 1), 3 * (call - 1));
        assert_eq!(counts, [one + 1, two + 1, two + 2, one + 2, two + 3], "call {call}: {seen:?}");
        // Each sees the id of its own activation.
        let hops = street.hops(&record);
        let inner = street.hops(&hops[2]);
        let ids: Vec<&Value> =
            [&hops[0], &hops[1], &inner[0], &inner[1], &hops[3]].map(|hop| &hop["activationId"]).to_vec();
        assert!(seen.iter().zip(ids).all(|(look, id)| look["activation"] == *id), "{seen:?}");
    }
    // A single call has a lane of the function, as ever.
    let alone = street.host.result("identity", &json!({}));
    assert_ne!(alone["seen"][0]["thread"], json!(null));
}

#[test]
fn what_a_hop_leaves_on_the_thread_goes_with_it() {
    let street = Street::start();
    street.identity("leave", "leave", 0);
    street.identity("heir", "heir", 0);
    street.identity("inherit", "inherited", 0);
    street.sequence("left", &["leave", "identity", "heir", "identity2", "leave", "identity"]);
    for _ in 0..2 {
        let result = street.host.result("left", &json!({}));
        let seen = result["seen"].as_array().unwrap();
        let name = &seen[0]["thread"];
        assert!(name.as_str().unwrap().starts_with("chain-"), "{seen:?}");
        for look in seen {
            assert_eq!((&look["thread"], &look["priority"]), (name, &json!(5)), "{seen:?}");
            assert_eq!(
                (&look["interrupted"], &look["loaderIsOwn"]),
                (&json!(false), &json!(true)),
                "{seen:?}"
            );
            assert_eq!(look["handlerIsGroup"], true, "{seen:?}");
        }
        // The thread that `heir` started is in its own group and did not inherit what `leave` had hung up.
        assert_ne!(result["group"], seen[0]["group"], "{result}");
    }
    let inherited = street.host.result("inherit", &json!({}));
    assert_eq!(inherited["inherited"], 0, "another action has other statics: {inherited}");
    street.sequence("asks", &["leave", "heir", "leave"]);
    street.host.result("asks", &json!({}));
    // Asked in the function itself: the payload's word goes before the parameter's.
    street.sequence("asked", &["leave"]);
    assert_eq!(street.host.result("asked", &json!({"how": "inherited"}))["inherited"], 0);
    // A thread that the function itself starts does inherit.
    street.sequence("own", &["leave"]);
    street.host.result("own", &json!({"how": "heir"}));
    assert_eq!(street.host.result("own", &json!({"how": "inherited"}))["inherited"], 1);
}

/// Keeps the thread of the lane, and looks at it from a thread of its own until the next hop has run.
const KEEPER: &str = r#"
import com.google.gson.*;
import java.util.*;
import java.util.concurrent.locks.LockSupport;
public class Main {
  static final Set<String> seen = Collections.synchronizedSet(new TreeSet<>());
  static volatile int looks;
  public static JsonObject main(JsonObject args) {
    if (args.has("tell")) {
      JsonObject result = new JsonObject();
      result.add("seen", new Gson().toJsonTree(seen));
      result.addProperty("looks", looks);
      return result;
    }
    Thread lane = Thread.currentThread();
    ThreadGroup own = lane.getThreadGroup();
    ClassLoader loader = Main.class.getClassLoader();
    Thread looker = new Thread(() -> {
      for (long end = System.nanoTime() + 1_500_000_000L; System.nanoTime() < end; looks++) {
        ClassLoader context = lane.getContextClassLoader();
        if (context != null && context != loader) seen.add("loader");
        if (lane.getUncaughtExceptionHandler() instanceof ThreadGroup other && other != own) seen.add("handler");
        ThreadGroup group = lane.getThreadGroup();
        if (group != null && group != own) seen.add("group");
        if (LockSupport.getBlocker(lane) != null) seen.add("blocker");
        if (lane.getName().startsWith("order")) seen.add("name");
        if (group == null && lane.getState() != Thread.State.TERMINATED && lane.getThreadGroup() == null) seen.add("state");
        if (group == null && lane.isInterrupted()) seen.add("interrupt");
        for (StackTraceElement frame : lane.getStackTrace()) if (frame.getMethodName().equals("waits")) seen.add("stack");
        try { if (group == null) { lane.setPriority(3); seen.add("priority"); } } catch (SecurityException refused) { }
        if (context == loader) seen.add("own");
      }
    });
    looker.start();
    try { Thread.sleep(100); } catch (InterruptedException ended) { throw new IllegalStateException(ended); }
    return args;
  }
}
"#;

/// Waits for 600 ms on an object that says so.
const WAITS: &str = r#"
import com.google.gson.*;
import java.util.concurrent.*;
public class Main {
  public static JsonObject main(JsonObject args) throws Exception {
    JsonObject result = new JsonObject();
    result.addProperty("woken", waits());
    result.addProperty("priority", Thread.currentThread().getPriority());
    return result;
  }
  static boolean waits() throws Exception {
    Thread.currentThread().setName("order 4711");
    boolean woken = new CountDownLatch(1).await(600, TimeUnit.MILLISECONDS);
    Thread.currentThread().interrupt();
    for (long end = System.nanoTime() + 100_000_000L; System.nanoTime() < end; ) Thread.onSpinWait();
    return woken;
  }
}
"#;

#[test]
fn a_thread_that_a_hop_has_kept_tells_it_nothing_of_other_hops() {
    let street = Street::start();
    for (name, code) in [("keeper", KEEPER), ("waits", WAITS)] {
        street.host.put(name, &json!({ "exec": source_exec(code) })).expect(200);
    }
    street.sequence("kept", &["keeper", "waits"]);
    assert_eq!(street.host.result("kept", &json!({})), json!({ "woken": false, "priority": 5 }));
    let told = street.host.result("keeper", &json!({ "tell": true }));
    assert!(told["looks"].as_u64().unwrap() > 100, "{told}");
    // While the hop that has kept it runs itself, it is its own.
    assert_eq!(told["seen"], json!(["own"]), "{told}");
}

#[test]
fn a_thread_that_a_hop_left_behind_interrupts_no_other_hop() {
    let street = Street::start();
    street.identity("interrupts", "interrupt", 1500);
    street.identity("rests", "rest", 30);
    let mut hops = vec!["interrupts"];
    hops.extend(["rests"; 20]);
    street.sequence("attack", &hops);
    let record = street.beside("attack", &json!({})).expect(200).json();
    for hop in street.hops(&record).iter().skip(1) {
        assert_eq!(hop["response"]["result"]["interrupted"], false, "{hop}");
    }
}

/// Leaves on the thread a channel that closes itself when the thread is interrupted, the object that it waits on, and the state of
/// its random numbers.
const LEAVES: &str = r#"
import com.google.gson.*;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
public class Main {
  static volatile String closedOn;
  static class Trap extends AbstractInterruptibleChannel {
    @Override protected void implCloseChannel() { closedOn = Thread.currentThread().getName(); }
    void set() { begin(); }
  }
  public static JsonObject main(JsonObject args) throws Exception {
    JsonObject result = new JsonObject();
    if (args.has("tell")) { result.addProperty("closedOn", closedOn); return result; }
    // The numbers of its own thread are not those of the lane.
    long first = ThreadLocalRandom.current().nextLong();
    result.addProperty("random", next(first));
    new Trap().set();
    LockSupport.setCurrentBlocker(new Main());
    return result;
  }
  /** What the generator of java.util.concurrent gives after this. */
  static long next(long drawn) {
    long z = unmix(drawn) + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
  static long unmix(long z) {
    z = (z ^ (z >>> 33)) * inverse(0xc4ceb9fe1a85ec53L);
    z = (z ^ (z >>> 33)) * inverse(0xff51afd7ed558ccdL);
    return z ^ (z >>> 33);
  }
  static long inverse(long odd) {
    long x = odd;
    for (int i = 0; i < 6; i++) x *= 2 - odd * x;
    return x;
  }
}
"#;

/// Draws a number, and has a thread of its own interrupt it.
const INTERRUPTED: &str = r#"
import com.google.gson.*;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
public class Main {
  public static JsonObject main(JsonObject args) throws Exception {
    JsonObject result = new JsonObject();
    Object blocker = LockSupport.getBlocker(Thread.currentThread());
    result.addProperty("blocker", String.valueOf(blocker));
    result.addProperty("foreseen", args.has("random") && args.get("random").getAsLong() == ThreadLocalRandom.current().nextLong());
    Thread lane = Thread.currentThread();
    Thread watchdog = new Thread(lane::interrupt, "watchdog");
    watchdog.start();
    try { Thread.sleep(5000); result.addProperty("woken", false); }
    catch (InterruptedException woken) { result.addProperty("woken", true); }
    watchdog.join();
    return result;
  }
}
"#;

/// What an interrupt runs is code of the function that left it, on the thread of whoever interrupts.
#[test]
fn what_a_hop_leaves_in_the_fields_of_the_thread_reaches_no_other_hop() {
    let street = Street::start();
    for (name, code) in [("leaves", LEAVES), ("interrupted", INTERRUPTED)] {
        street.host.put(name, &json!({ "exec": source_exec(code) })).expect(200);
    }
    street.sequence("trap", &["leaves", "interrupted"]);
    for _ in 0..2 {
        let result = street.host.result("trap", &json!({}));
        assert_eq!(result, json!({"blocker": "null", "foreseen": false, "woken": true}));
    }
    assert_eq!(street.host.result("leaves", &json!({"tell": true}))["closedOn"], Value::Null);
}
