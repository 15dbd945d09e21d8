//! What a function builds, cuts, maps and nests on the disk, and class files that the JVM is long at: the host lives on.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use super::{
    neighbour::Street,
    support::{Flockd, Options, eventually_within, source},
};

/// A mapped file that is cut, and then read by what is asked for.
const CUT: &str = r#"
import com.google.gson.JsonObject;
import java.io.RandomAccessFile;
import java.nio.*;
import java.nio.channels.FileChannel;
import java.util.zip.*;

public class Main {
    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        int bytes = args.get("bytes").getAsInt();
        try (RandomAccessFile file = new RandomAccessFile("cut", "rw")) {
            file.setLength(bytes);
            MappedByteBuffer mapped = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, bytes);
            for (int at = 0; at < bytes; at += 512) {
                mapped.put(at, (byte) 1);
            }
            file.setLength(0);
            switch (args.get("how").getAsString()) {
                case "get" -> result.addProperty("value", mapped.get(bytes / 2));
                case "put" -> result.addProperty("value", mapped.put(bytes - 1, (byte) 5).get(bytes - 1));
                case "array" -> {
                    byte[] copy = new byte[bytes];
                    mapped.get(0, copy);
                    result.addProperty("value", copy[bytes / 2]);
                }
                case "crc" -> {
                    CRC32 sum = new CRC32();
                    sum.update(mapped);
                    result.addProperty("value", sum.getValue());
                }
                case "adler" -> {
                    Adler32 sum = new Adler32();
                    sum.update(mapped);
                    result.addProperty("value", sum.getValue());
                }
                default -> {
                    Deflater deflater = new Deflater();
                    deflater.setInput(mapped);
                    deflater.finish();
                    result.addProperty("value", deflater.deflate(new byte[bytes]));
                }
            }
        }
        return result;
    }
}
"#;

#[test]
fn a_mapped_file_that_is_cut_reads_as_zeroes_wherever_it_is_read() {
    let street = Street::start();
    street.deploy_source("cut", CUT, 10_000);
    let bytes = 1 << 20;
    let ask = |how: &str| {
        street.beside(|| street.host.invoke("cut", &json!({ "how": how, "bytes": bytes }))).expect(200).json()
            ["response"]["result"]["value"]
            .as_u64()
    };
    // Of a million zeroes.
    let (crc, adler) = (0xA738_EA1C, 0x00F0_0001);
    for round in 0..2 {
        for (how, value) in [("crc", crc), ("adler", adler), ("get", 0), ("put", 5), ("array", 0)] {
            assert_eq!(ask(how), Some(value), "{how}, round {round}");
        }
        assert!(ask("deflate").is_some_and(|length| length < 10_000));
    }
}

#[test]
fn a_mapped_file_is_memory_of_its_size() {
    let street = Street::start();
    street.deploy_source("cut", CUT, 10_000);
    let record = street.host.invoke("cut", &json!({ "how": "get", "bytes": 600 << 20 })).expect(502).json();
    assert!(record.to_string().contains("exhausted its memory"), "{record}");
    street.host.invoke("cut", &json!({ "how": "get", "bytes": 4096 })).expect(200);
}

/// Nests folders by moving what is there into the next, and makes many beside one another.
const FOLDERS: &str = "
    int made = 0;
    try {
        if (args.has(\"deep\")) {
            java.io.File top = new java.io.File(\"t\"), next = new java.io.File(\"u\");
            top.mkdir();
            for (; made < args.get(\"deep\").getAsInt(); made++) {
                next.mkdir();
                if (!top.renameTo(new java.io.File(next, \"t\")) || !next.renameTo(top)) { throw new java.io.IOException(\"moved away\"); }
            }
        } else {
            for (; made < args.get(\"wide\").getAsInt(); made++) {
                java.nio.file.Files.createDirectory(java.nio.file.Path.of(\"d\" + made));
            }
            made = -made;
        }
    } catch (java.io.IOException refused) {
        args.addProperty(\"refused\", refused.getMessage());
    }
    args.addProperty(\"made\", made);
    args.addProperty(\"mkdir\", new java.io.File(\"one more\").mkdir());
    return args;";

#[test]
fn folders_without_end_are_held_to_the_limits_and_go_with_their_function() {
    let street = Street::start();
    street.deploy_source("folders", &source(FOLDERS), 20_000);
    // As many as it may have are few in bytes.
    let wide = street.beside(|| street.host.invoke("folders", &json!({ "wide": 20_000 }))).expect(200).json();
    let result = &wide["response"]["result"];
    assert_eq!((&result["made"], &result["mkdir"]), (&json!(10_000), &json!(false)), "{result}");
    assert!(result["refused"].as_str().unwrap().contains("the limit of 10000 files and folders"), "{result}");
    // Whoever nests them is stopped, also while all that it has is moved about without pause, and what it has made goes.
    street.deploy_source("deep", &source(FOLDERS), 20_000);
    let deep =
        street.beside(|| street.host.invoke("deep", &json!({ "deep": 10_000_000 }))).expect(502).json();
    assert!(deep.to_string().contains("temp_bytes"), "{deep}");
    for name in ["folders", "deep"] {
        street
            .beside(|| street.host.send("DELETE", &format!("/api/v1/namespaces/_/actions/{name}"), None))
            .expect(200);
    }
    let functions = street.host.data().join("functions");
    eventually_within(Duration::from_secs(30), "the folders are gone", || {
        fs::read_dir(&functions).unwrap().count() == 0
    });
}

/// What a host that was killed has left may be any tree.
#[test]
fn a_start_does_not_fail_for_what_functions_have_left() {
    let data = tempfile::tempdir().unwrap();
    let home = data.path().join("functions/7");
    fs::create_dir_all(home.join("t")).unwrap();
    for _ in 0..30_000 {
        fs::create_dir(home.join("u")).unwrap();
        fs::rename(home.join("t"), home.join("u/t")).unwrap();
        fs::rename(home.join("u"), home.join("t")).unwrap();
    }
    let host = Flockd::start_on(data.path(), &Options::default());
    let left = || {
        let names = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("functions.")).count()
    };
    eventually_within(Duration::from_secs(60), "what was left is gone", || left() == 0);
    assert!(data.path().join("functions").is_dir());
    drop(host);
}

/// Defines a class with a method of 60,000 locals: with a frame at each of so many instructions, or, in an old class file, so many
/// stores.
const VERIFIED: &str = r#"
import com.google.gson.JsonObject;
import java.io.*;

public class Main {
    static class Own extends ClassLoader {
        Class<?> define(byte[] file) {
            return defineClass(null, file, 0, file.length);
        }
    }

    static final int LOCALS = 60_000;

    public static JsonObject main(JsonObject args) throws Exception {
        boolean isOld = args.has("old");
        int count = args.get("count").getAsInt();
        ByteArrayOutputStream codeBytes = new ByteArrayOutputStream(), frameBytes = new ByteArrayOutputStream();
        DataOutputStream code = new DataOutputStream(codeBytes), frames = new DataOutputStream(frameBytes);
        for (int i = 0; i < (isOld ? count : 1); i++) {
            code.write(3);
            code.write(0xc4);
            code.write(0x36);
            code.writeShort(LOCALS - 2);
        }
        frames.writeShort(count);
        for (int i = 0; i < count && !isOld; i++) {
            code.write(0);
            frames.write(i == 0 ? 5 : 0);
        }
        code.write(0xb1);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(file);
        out.writeInt(0xcafebabe);
        out.writeInt(isOld ? 48 : 52);
        out.writeShort(9);
        text(out, "Slow");
        type(out, 1);
        text(out, "java/lang/Object");
        type(out, 3);
        for (String name : new String[] {"m", "()V", "Code", "StackMapTable"}) {
            text(out, name);
        }
        for (int word : new int[] {0x21, 2, 4, 0, 0, 1, 9, 5, 6, 1, 7}) {
            out.writeShort(word);
        }
        out.writeInt(12 + codeBytes.size() + (isOld ? 0 : 6 + frameBytes.size()));
        out.writeShort(1);
        out.writeShort(LOCALS);
        out.writeInt(codeBytes.size());
        codeBytes.writeTo(out);
        out.writeShort(0);
        out.writeShort(isOld ? 0 : 1);
        if (!isOld) {
            out.writeShort(8);
            out.writeInt(frameBytes.size());
            frameBytes.writeTo(out);
        }
        out.writeShort(0);
        JsonObject result = new JsonObject();
        try {
            Class.forName("Slow", true, new Own().define(file.toByteArray()).getClassLoader());
            result.addProperty("said", "defined");
        } catch (LinkageError refused) {
            result.addProperty("said", refused.getMessage());
        }
        return result;
    }

    static void text(DataOutputStream out, String text) throws IOException {
        out.write(1);
        out.writeUTF(text);
    }

    static void type(DataOutputStream out, int name) throws IOException {
        out.write(7);
        out.writeShort(name);
    }
}
"#;

#[test]
fn a_class_that_the_verifier_would_be_long_at_is_refused() {
    let street = Street::start();
    street.deploy_source("verified", VERIFIED, 30_000);
    let said = |payload: Value| {
        let answer = street.beside(|| street.host.invoke("verified", &payload)).expect(200).json();
        answer["response"]["result"]["said"].as_str().unwrap().to_owned()
    };
    // Valid as they are, so that the first shows that the others would be taken.
    assert_eq!(said(json!({ "count": 10 })), "defined");
    assert_eq!(said(json!({ "count": 8, "old": true })), "defined");
    for payload in [json!({ "count": 20_000 }), json!({ "count": 6_500, "old": true })] {
        let said = said(payload.clone());
        assert!(said.contains("would take the JVM too long to verify"), "{payload}: {said}");
    }
}
