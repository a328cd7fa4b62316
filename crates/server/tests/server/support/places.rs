//! A small database of addresses, written byte by byte in the MaxMind DB format.
//!
//! Written after the public description of the format, and read by another's code, so that neither can hide the other's
//! mistake. A binary search tree over the bits of IPv6 addresses (IPv4 lies under `::/96`), sixteen zero bytes, the data, a
//! marker, and the metadata in the same encoding as the data.

use ipnet::IpNet;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use tandem_core::time::Timestamp;

/// What a branch of the tree leads to.
#[derive(Clone, Copy)]
enum Branch {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A database in the making.
pub struct Places {
    nodes: Vec<[Branch; 2]>,
    data: Vec<u8>,
    kind: &'static str,
    built_at: Timestamp,
}

impl Places {
    /// An empty one in the City layout.
    pub fn built_at(built_at: Timestamp) -> Self {
        Self { nodes: vec![[Branch::Nothing; 2]], data: Vec::new(), kind: "GeoLite2-City", built_at }
    }

    /// Of another type.
    #[must_use]
    pub fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Says this of a network.
    #[must_use]
    pub fn with(mut self, network: &str, record: &Value) -> Self {
        let offset = self.data.len();
        encode(record, &mut self.data);
        let (bits, length) = match network.parse::<IpNet>().unwrap() {
            IpNet::V4(net) => (u128::from(net.network().to_bits()), 96 + net.prefix_len()),
            IpNet::V6(net) => (net.network().to_bits(), net.prefix_len()),
        };
        let mut node = 0;
        for depth in 0..length {
            let side = usize::from(bits >> (127 - depth) & 1 == 1);
            if depth + 1 == length {
                self.nodes[node][side] = Branch::Data(offset);
            } else if let Branch::Node(next) = self.nodes[node][side] {
                node = next;
            } else {
                self.nodes.push([Branch::Nothing; 2]);
                let next = self.nodes.len() - 1;
                self.nodes[node][side] = Branch::Node(next);
                node = next;
            }
        }
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let count = self.nodes.len();
        let mut bytes = Vec::new();
        for branch in self.nodes.iter().flatten() {
            let value = match branch {
                Branch::Nothing => count,
                Branch::Node(node) => *node,
                Branch::Data(offset) => count + 16 + offset,
            };
            bytes.extend(&u32::try_from(value).unwrap().to_be_bytes()[1..]);
        }
        bytes.extend([0; 16]);
        bytes.extend(&self.data);
        bytes.extend(b"\xab\xcd\xefMaxMind.com");
        let metadata = json!({
            "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": self.built_at.as_secs(),
            "database_type": self.kind, "description": { "en": "made by a test" }, "ip_version": 6,
            "languages": ["en", "ja"], "node_count": count, "record_size": 24,
        });
        encode(&metadata, &mut bytes);
        bytes
    }

    /// Writes the file into a folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("places.mmdb");
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

/// Appends a value: a byte with its type and size, what does not fit into that, and the value. Whole numbers have the type
/// that MaxMind gives their key.
fn encode(value: &Value, into: &mut Vec<u8>) {
    append("", value, into);
}

fn append(key: &str, value: &Value, into: &mut Vec<u8>) {
    const STRING: u8 = 2;
    const DOUBLE: u8 = 3;
    const UINT16: u8 = 5;
    const UINT32: u8 = 6;
    const MAP: u8 = 7;
    const UINT64: u8 = 9;
    const ARRAY: u8 = 11;
    match value {
        Value::String(text) => {
            control(STRING, text.len(), into);
            into.extend(text.as_bytes());
        }
        Value::Number(number) => match number.as_u64() {
            None => {
                control(DOUBLE, 8, into);
                into.extend(number.as_f64().unwrap().to_be_bytes());
            }
            Some(whole) => {
                let kind = match key {
                    "build_epoch" => UINT64,
                    "node_count" | "geoname_id" => UINT32,
                    _ => UINT16,
                };
                let bytes = whole.to_be_bytes();
                let used = bytes.iter().skip_while(|byte| **byte == 0);
                control(kind, used.clone().count(), into);
                into.extend(used);
            }
        },
        Value::Array(list) => {
            control(ARRAY, list.len(), into);
            for value in list {
                encode(value, into);
            }
        }
        Value::Object(map) => {
            control(MAP, map.len(), into);
            for (key, value) in map {
                encode(&Value::String(key.clone()), into);
                append(key, value, into);
            }
        }
        Value::Null | Value::Bool(_) => panic!("no record has {value}"),
    }
}

fn control(kind: u8, size: usize, into: &mut Vec<u8>) {
    let (first, more) = match size {
        0..=28 => (size, None),
        29..=284 => (29, Some(size - 29)),
        _ => panic!("too long for a test: {size}"),
    };
    let first = u8::try_from(first).unwrap();
    match kind {
        1..=7 => into.push(kind << 5 | first),
        // The extended types stand in a byte of their own.
        _ => into.extend([first, kind - 7]),
    }
    into.extend(more.map(|more| u8::try_from(more).unwrap()));
}

/// A record of the City layout.
pub fn city(
    (id, name, ja): (u32, &str, &str),
    (code, country, country_ja): (&str, &str, &str),
    continent: &str,
    (latitude, longitude, radius): (f64, f64, u16),
) -> Value {
    json!({
        "city": { "geoname_id": id, "names": { "en": name, "ja": ja } },
        "continent": { "code": continent, "geoname_id": 6_255_148, "names": { "en": "Somewhere" } },
        "country": { "iso_code": code, "geoname_id": 1, "names": { "en": country, "ja": country_ja } },
        "location": { "accuracy_radius": radius, "latitude": latitude, "longitude": longitude, "time_zone": "Etc/UTC" },
        "subdivisions": [{ "iso_code": "X", "names": { "en": "A part of it" } }],
    })
}

/// Osaka, as well as addresses tell.
pub fn osaka() -> Value {
    city((1_853_909, "Osaka", "大阪市"), ("JP", "Japan", "日本"), "AS", (34.69, 135.5, 20))
}

/// Kyoto: 42 kilometres from Osaka.
pub fn kyoto() -> Value {
    city((1_857_910, "Kyoto", "京都市"), ("JP", "Japan", "日本"), "AS", (35.02, 135.76, 20))
}

/// Tokyo: 400 kilometres from Osaka.
pub fn tokyo() -> Value {
    city((1_850_147, "Tokyo", "東京"), ("JP", "Japan", "日本"), "AS", (35.69, 139.69, 20))
}

/// Berlin.
pub fn berlin() -> Value {
    city((2_950_159, "Berlin", "ベルリン"), ("DE", "Germany", "ドイツ"), "EU", (52.52, 13.4, 20))
}

/// Where an address is, or is not.
pub fn parsed(address: &str) -> IpAddr {
    address.parse().unwrap()
}
