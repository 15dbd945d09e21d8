//! Times, sizes and counts as people say them: three digits and a unit.

/// A time: `950 us`, `1.23 ms`, `45.6 s`, `2.5 h`.
pub(crate) fn micros_text(micros: u64) -> String {
    let micros = micros as f64;
    match micros {
        ..1e3 => format!("{micros} us"),
        1e3..1e6 => format!("{} ms", three_digits(micros / 1e3)),
        1e6..3.6e9 => format!("{} s", three_digits(micros / 1e6)),
        _ => format!("{} h", three_digits(micros / 3.6e9)),
    }
}

/// A size: `512 B`, `1.50 KB`, `12.0 MB`, in powers of 1024.
pub(crate) fn size_text(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = "KB";
    for larger in ["MB", "GB", "TB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    format!("{} {unit}", three_digits(size))
}

/// A number with three digits, more only before the point.
pub(crate) fn three_digits(number: f64) -> String {
    let decimals = match number.abs() {
        ..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

/// `cpu 3, success 120`: the most frequent first.
pub(crate) fn outcomes_text(outcomes: &serde_json::Value) -> String {
    let mut counts: Vec<(&str, u64)> = outcomes
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, count)| (name.as_str(), count.as_u64().unwrap_or(0)))
        .collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let texts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        for (micros, text) in [
            (0, "0 us"),
            (999, "999 us"),
            (1234, "1.23 ms"),
            (45_600_000, "45.6 s"),
            (9_000_000_000, "2.50 h"),
        ] {
            assert_eq!(micros_text(micros), text);
        }
        for (bytes, text) in [
            (1023, "1023 B"),
            (1536, "1.50 KB"),
            (12 << 20, "12.0 MB"),
            (3 << 30, "3.00 GB"),
            (5 << 40, "5.00 TB"),
            (5000 << 40, "5000 TB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
        assert_eq!(three_digits(9.999), "10.0");
    }

    #[test]
    fn outcomes_are_in_order_of_their_count() {
        let outcomes = serde_json::json!({"cpu": 3, "success": 120, "memory": 3});
        assert_eq!(outcomes_text(&outcomes), "success 120, cpu 3, memory 3");
        assert_eq!(outcomes_text(&serde_json::Value::Null), "");
    }
}
