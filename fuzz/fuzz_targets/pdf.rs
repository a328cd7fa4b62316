//! Can any bytes crash the reader of documents, keep it busy for ever, or make it take more room than it was given?
#![no_main]

use libfuzzer_sys::fuzz_target;
use tandem_content_filter::Limits;
use tandem_content_filter::image::Spent;
use tandem_content_filter::pdf::qr_codes;

fuzz_target!(init: tandem_fuzz::let_decoders_panic(), |data: &[u8]| {
    let limits = Limits { images: 4, pixels: 400_000, all_pixels: 800_000, ..Limits::default() };
    let mut spent = Spent::default();
    let reading = qr_codes(data, &limits, &mut spent, &|| true);
    assert!(spent.images <= limits.images && spent.pixels <= limits.all_pixels);
    assert!(reading.texts.iter().all(|text| !text.is_empty()));
});
