//! Random numbers: the JDK's usual source is one for all, and whoever asks it for very much holds up nobody else.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    support::{Options, jar_exec},
    tenant::Street,
};

const ATTACK_MILLIS: u64 = 4_500;
const LOOK_MILLIS: u64 = 1_500;
/// By so much the victim may have less of them than beside a function that only spins: a piece at a time it has to wait for, but
/// whoever has to wait for a whole call has them some ten times in all, and not a million times.
const LESS: u64 = 2_000;

/// How often the victim has its random numbers beside this attack.
fn beside(street: &Street, how: &str) -> u64 {
    std::thread::scope(|scope| {
        let attack = scope.spawn(|| street.attack("seeds", &json!({ "how": how, "millis": ATTACK_MILLIS })));
        std::thread::sleep(Duration::from_secs(1));
        let start = Instant::now();
        let used = street.victim("seeds", &json!({ "how": "use", "millis": LOOK_MILLIS }));
        // Or it was not beside it.
        assert!(!attack.is_finished(), "{how}: {used:?}, {:?}", start.elapsed());
        let attacked = attack.join().unwrap();
        assert!(attacked.get("count").is_some_and(|count| count.as_u64() > Some(0)), "{how}: {attacked:?}");
        used["count"].as_u64().unwrap()
    })
}

#[test]
fn long_seeds_and_many_random_numbers_of_one_function_do_not_hold_up_another() {
    let street = Street::start_with(&Options::default().set("jvm.heap-max-mebibytes", 768));
    let body = json!({
        "exec": jar_exec("hostile-seeds", "hostile.seeds.Seeds"), "limits": { "memory": 512, "timeout": 30_000 },
    });
    let path = "/api/v1/namespaces/_/actions/seeds";
    for auth in [street.host.auth.as_str(), street.other()] {
        street.host.send_as(Some(auth), "PUT", path, Some(&body)).expect(200);
    }
    street.victim("seeds", &json!({ "how": "use", "millis": 500 }));
    let usual = beside(&street, "spin");
    for how in ["generate", "set", "next"] {
        let count = beside(&street, how);
        assert!(count * LESS > usual, "{how}: {count} beside it, {usual} beside one that spins");
    }
}

#[test]
fn every_way_to_random_numbers_gives_as_much_as_was_asked_for() {
    let street = Street::start();
    street.deploy("hostile-seeds");
    let seen = street.victim("seeds", &json!({ "how": "look" }));
    assert_eq!(seen["static"], true, "{seen:#?}");
    for name in
        ["usual", "strong", "NativePRNG", "NativePRNGBlocking", "NativePRNGNonBlocking", "SHA1PRNG", "DRBG"]
    {
        assert_eq!(seen[name], Value::from("true true 64 0 refused"), "{name}: {seen:#?}");
    }
}
