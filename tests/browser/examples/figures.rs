//! What the page costs: bytes that are transferred, time until it has judged the shop, and time from a keystroke to the
//! verdict. `make playground-bench` prints it.

#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "it is run to be read, by whoever sees it fail")]

use serde_json::Value;
use waitwarden_test_browser::{Browser, Page, origin};

const LOADS: usize = 7;
const KEYSTROKES: usize = 40;

fn main() {
    let mut browser = Browser::start();
    let mut loads = Vec::new();
    let mut bytes = 0.0;
    for at in 0..LOADS {
        let mut page = Page::blank(&mut browser);
        page.call("Network.setCacheDisabled", &serde_json::json!({ "cacheDisabled": true }));
        page.go("shop");
        // From the beginning of the navigation to the first verdict.
        loads.push(number(&page.run("performance.getEntriesByName('verdict')[0].startTime")));
        if at == 0 {
            bytes = transferred(&page);
        }
        page.close();
    }
    let mut page = Page::open(&mut browser, "shop");
    let at = usize::try_from(
        page.run("textOf('manifests').indexOf('service/postgres') + 'service/postgres'.length").as_u64().unwrap_or(0),
    );
    page.select("manifests", at.unwrap_or(0), at.unwrap_or(0));
    let mut strokes = Vec::new();
    for at in 0..KEYSTROKES {
        page.run("(performance.clearMarks('typed'), performance.clearMarks('verdict'))");
        // Each second one is right again.
        page.after(|page| if at % 2 == 0 { page.write("s") } else { page.press("Backspace", "Backspace", 0) });
        let took = "performance.getEntriesByName('verdict').at(-1).startTime - performance.getEntriesByName('typed').at(-1).startTime";
        strokes.push(number(&page.run(took)));
    }
    page.close();
    println!("page on loopback    {}", origin());
    println!("transferred         {bytes:.0} bytes, with gzip");
    println!("load to verdict     {}", spread(&mut loads));
    println!("keystroke, verdict  {}", spread(&mut strokes));
}

/// Bytes of all answers, in the page and its worker.
fn transferred(page: &Page<'_>) -> f64 {
    let done = page.events().iter().filter(|event| event["method"] == "Network.loadingFinished");
    done.map(|event| number(&event["params"]["encodedDataLength"])).sum()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn spread(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times.get((times.len() - 1) * part / 100).copied().unwrap_or(f64::NAN);
    format!("{:.1} ms in the middle, {:.1} ms the first, {:.1} ms the last of {}", at(50), at(0), at(100), times.len())
}
