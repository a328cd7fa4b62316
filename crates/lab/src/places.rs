//! Where do the lab's addresses lie on the earth? A small database of IPv4 networks in the MaxMind DB format.
//!
//! Written after the public description of the format: a binary search tree over the bits of addresses, sixteen zero
//! bytes, the data, a marker, and the metadata in the same encoding as the data.

use serde_json::{Value, json};

/// Where a branch of the tree leads.
#[derive(Debug, Clone, Copy)]
enum Branch {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A database that was made at this moment, in which the attacker is in Berlin and everybody at home in Osaka.
pub fn database(built_at: u64) -> Vec<u8> {
    let berlin = city("Berlin", "DE", "EU", (52.52, 13.4));
    let osaka = city("Osaka", "JP", "AS", (34.69, 135.5));
    let (mut nodes, mut data) = (vec![[Branch::Nothing; 2]], Vec::new());
    // 127.0.0.0/24 and the seven networks beside it.
    let homes = (1..8_u32).map(|third| (0x7f00_0000 | third << 8, 24, &osaka));
    for (network, length, record) in std::iter::once((0x7f00_0000_u32, 24, &berlin)).chain(homes) {
        let offset = data.len();
        append("", record, &mut data);
        insert(&mut nodes, network, length, offset);
    }
    let count = nodes.len();
    let mut bytes = Vec::new();
    for branch in nodes.iter().flatten() {
        let value = match branch {
            Branch::Nothing => count,
            Branch::Node(node) => *node,
            Branch::Data(offset) => count + 16 + offset,
        };
        let [.., high, middle, low] = value.to_be_bytes();
        bytes.extend([high, middle, low]);
    }
    bytes.extend([0; 16]);
    bytes.extend(data);
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = json!({
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": built_at,
        "database_type": "GeoLite2-City", "description": { "en": "the lab" }, "ip_version": 4,
        "languages": ["en"], "node_count": count, "record_size": 24,
    });
    append("", &metadata, &mut bytes);
    bytes
}

fn insert(nodes: &mut Vec<[Branch; 2]>, network: u32, length: u32, data: usize) {
    let mut at = 0;
    for depth in 0..length {
        let side = usize::from(network >> (31 - depth) & 1 == 1);
        let next = nodes.len();
        let Some(branch) = nodes.get_mut(at).and_then(|node| node.get_mut(side)) else { return };
        if depth + 1 == length {
            *branch = Branch::Data(data);
        } else if let Branch::Node(known) = branch {
            at = *known;
        } else {
            *branch = Branch::Node(next);
            nodes.push([Branch::Nothing; 2]);
            at = next;
        }
    }
}

fn city(name: &str, country: &str, continent: &str, (latitude, longitude): (f64, f64)) -> Value {
    json!({
        "city": { "names": { "en": name } },
        "continent": { "code": continent },
        "country": { "iso_code": country, "names": { "en": country } },
        "location": { "accuracy_radius": 20, "latitude": latitude, "longitude": longitude },
    })
}

/// Appends a value: a byte with its type and size, and the value. Whole numbers have the type that belongs to their key.
fn append(key: &str, value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::String(text) => {
            control(2, text.len(), into);
            into.extend(text.as_bytes());
        }
        Value::Number(number) => match number.as_u64() {
            None => {
                control(3, 8, into);
                into.extend(number.as_f64().unwrap_or_default().to_be_bytes());
            }
            Some(whole) => {
                let kind = match key {
                    "build_epoch" => 9,
                    "node_count" => 6,
                    _ => 5,
                };
                let used: Vec<_> = whole.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
                control(kind, used.len(), into);
                into.extend(used);
            }
        },
        Value::Array(list) => {
            control(11, list.len(), into);
            for value in list {
                append("", value, into);
            }
        }
        Value::Object(map) => {
            control(7, map.len(), into);
            for (key, value) in map {
                append("", &Value::from(key.as_str()), into);
                append(key, value, into);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// The type and size, which here always fits into one byte and another.
fn control(kind: u8, size: usize, into: &mut Vec<u8>) {
    let (first, more) = match u8::try_from(size) {
        Ok(size @ 0..=28) => (size, None),
        _ => (29, u8::try_from(size.saturating_sub(29)).ok()),
    };
    match kind {
        1..=7 => into.push(kind << 5 | first),
        _ => into.extend([first, kind - 7]),
    }
    into.extend(more);
}
