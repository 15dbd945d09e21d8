//! Classes of arrays. One of 255 dimensions brings 255 of them into being, 1 MiB outside of the heap; those of the JDK's classes stay for
//! as long as the JVM lives.

use serde_json::{Value, json};

use super::{
    support::{jar_exec, source, source_exec},
    tenant::Street,
};

/// Of classes of the JDK, for the functions of one namespace, beyond two dimensions.
const NAMESPACE_MAX: u64 = 4096;
/// Dimensions that are made at once.
const MOST: u64 = 255;

fn deploy(street: &Street) {
    let exec = jar_exec("hostile-dimensions", "hostile.dimensions.Dimensions");
    street.host.put("dimensions", &json!({ "exec": exec })).expect(200);
}

fn refused(result: &Value) -> &str {
    result["refused"].as_str().unwrap_or_else(|| panic!("nothing was refused: {result}"))
}

#[test]
fn array_classes_of_the_jdk_have_a_bound_by_whichever_way_they_are_made() {
    let street = Street::start();
    deploy(&street);
    let first = street.host.result("dimensions", &json!({ "how": "name", "from": 0, "count": 40 }));
    assert!(refused(&first).contains("cannot bring more than 4096 classes of arrays"), "{first}");
    let made = first["made"].as_u64().unwrap();
    assert!(made > 0 && made <= NAMESPACE_MAX + made / MOST * 2, "{first}");
    // What is left of the bound is less than one of all dimensions takes.
    let ways = ["name-and-loader", "lookup", "array-type", "instance", "instances", "descriptor"];
    for (number, how) in ways.into_iter().enumerate() {
        let result =
            street.host.result("dimensions", &json!({ "how": how, "from": 100 + 3 * number, "count": 3 }));
        // A way that goes step by step may use up what was left.
        assert!(result["made"].as_u64().unwrap() <= MOST, "{how}: {result}");
        assert!(refused(&result).contains("4096"), "{how}: {result}");
    }
    // What a class file names counts when the class is defined.
    let named: String = ["Readable", "Iterable", "Cloneable"]
        .map(|name| format!("{name}{}.class, ", "[]".repeat(200)))
        .concat();
    let body =
        format!("Object[] types = {{ {named} }}; args.addProperty(\"made\", types.length); return args;");
    street.host.put("named", &json!({ "exec": source_exec(&source(&body)) })).expect(200);
    let failed = street.host.invoke("named", &json!({})).json();
    assert!(failed["response"]["result"]["error"].as_str().unwrap().contains("4096"), "{failed}");
}

#[test]
fn usual_arrays_can_be_had_beside_one_who_makes_all_that_it_may() {
    let street = Street::start();
    deploy(&street);
    let first =
        street.host.result("dimensions", &json!({ "how": "name-and-loader", "from": 0, "count": 40 }));
    refused(&first);
    let body = "Object cube = new String[2][2][2]; Object more = java.lang.reflect.Array.newInstance(Integer.class, 1, 1, 1, 1); \
                args.addProperty(\"cube\", cube.getClass().getName() + more.getClass().getName()); return args;";
    let path = "/api/v1/namespaces/_/actions/usual";
    let put = json!({ "exec": source_exec(&source(body)) });
    street.host.send_as(Some(street.other()), "PUT", path, Some(&put)).expect(200);
    let invoke = format!("{path}?blocking=true&result=true");
    for _ in 0..2 {
        let answer =
            street.host.send_as(Some(street.other()), "POST", &invoke, Some(&json!({}))).expect(200).json();
        assert_eq!(answer["cube"], "[[[Ljava.lang.String;[[[[Ljava.lang.Integer;", "{answer}");
    }
}

#[test]
fn array_classes_of_ones_own_classes_count_as_classes() {
    let street = Street::start();
    deploy(&street);
    let few = street.host.result("dimensions", &json!({ "how": "own", "count": 3 }));
    assert_eq!(few["made"], 3 * MOST, "{few}");
    let stopped = street.host.invoke("dimensions", &json!({ "how": "own", "count": 200 })).expect(502).json();
    let error = stopped["response"]["result"]["error"].as_str().unwrap();
    assert!(error.contains("limit of 16384 classes"), "{stopped}");
}
