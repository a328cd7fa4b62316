//! Which template draws which page, and may the operator's own take its place?

use super::locale::Locale;
use super::messages::Messages;
use super::words;
use super::{PagesError, education};
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The shipped templates by file name.
pub(super) const SHIPPED: [(&str, &str); 38] = [
    ("layout.html", include_str!("../../templates/layout.html")),
    ("home.html", include_str!("../../templates/home.html")),
    ("sign_in.html", include_str!("../../templates/sign_in.html")),
    ("enter_code.html", include_str!("../../templates/enter_code.html")),
    ("decide.html", include_str!("../../templates/decide.html")),
    ("decided.html", include_str!("../../templates/decided.html")),
    ("account.html", include_str!("../../templates/account.html")),
    ("help.html", include_str!("../../templates/help.html")),
    ("failure.html", include_str!("../../templates/failure.html")),
    ("demo_home.html", include_str!("../../templates/demo_home.html")),
    ("demo_tv.html", include_str!("../../templates/demo_tv.html")),
    ("screen_layout.html", include_str!("../../templates/screen_layout.html")),
    ("demo_call_center.html", include_str!("../../templates/demo_call_center.html")),
    ("demo_shop.html", include_str!("../../templates/demo_shop.html")),
    ("inbox.html", include_str!("../../templates/inbox.html")),
    ("inbox_list.html", include_str!("../../templates/inbox_list.html")),
    ("request.html", include_str!("../../templates/request.html")),
    ("devices.html", include_str!("../../templates/devices.html")),
    ("part_layout.html", include_str!("../../templates/part_layout.html")),
    ("part_warnings.html", include_str!("../../templates/part_warnings.html")),
    ("part_asker.html", include_str!("../../templates/part_asker.html")),
    ("part_abilities.html", include_str!("../../templates/part_abilities.html")),
    ("part_answers.html", include_str!("../../templates/part_answers.html")),
    ("part_where.html", include_str!("../../templates/part_where.html")),
    ("part_location.html", include_str!("../../templates/part_location.html")),
    ("warn.html", include_str!("../../templates/warn.html")),
    ("show_pin.html", include_str!("../../templates/show_pin.html")),
    ("part_trouble.html", include_str!("../../templates/part_trouble.html")),
    ("part_number.html", include_str!("../../templates/part_number.html")),
    ("part_binding.html", include_str!("../../templates/part_binding.html")),
    ("part_confirm.html", include_str!("../../templates/part_confirm.html")),
    ("part_lasts.html", include_str!("../../templates/part_lasts.html")),
    ("part_idle.html", include_str!("../../templates/part_idle.html")),
    ("incidents.html", include_str!("../../templates/incidents.html")),
    ("incident.html", include_str!("../../templates/incident.html")),
    ("incident_contain.html", include_str!("../../templates/incident_contain.html")),
    ("part_touched.html", include_str!("../../templates/part_touched.html")),
    ("part_ending.html", include_str!("../../templates/part_ending.html")),
];

/// Largest file that is read from the operator's folder, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// What an operator put in the folder: whole templates, and messages laid over the shipped ones.
#[derive(Default)]
pub(super) struct Overrides {
    pub(super) templates: HashMap<String, String>,
    pub(super) messages: HashMap<Locale, Vec<(String, String)>>,
}

impl Overrides {
    /// Reads the templates and message files of `folder`. A name that no page has is refused: it would do nothing.
    pub(super) fn read(folder: &Path) -> Result<Self, PagesError> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |source| PagesError::Unreadable { path, source }
        };
        let mut overrides = Self::default();
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
                continue;
            };
            let Some((stem, ending @ ("html" | "ftl"))) = name.rsplit_once('.') else { continue };
            let template = SHIPPED.iter().any(|(shipped, _)| *shipped == name);
            let locale = Locale::ALL
                .into_iter()
                .find(|locale| ending == "ftl" && locale.tag() == stem)
                .or_else(|| education::replaced_by(&name));
            if !template && locale.is_none() {
                return Err(PagesError::UnknownFile { file: name });
            }
            if std::fs::metadata(&path).map_err(unreadable(&path))?.len() > MAX_FILE {
                return Err(PagesError::FileTooLarge { file: name });
            }
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            if education::replaced_by(&name).is_some() {
                education::check(&name, &text)?;
            }
            match locale {
                Some(locale) => overrides.messages.entry(locale).or_default().push((name, text)),
                None => drop(overrides.templates.insert(name, text)),
            }
        }
        // Folders are read in no order; which file wins must not depend on that.
        overrides.messages.values_mut().for_each(|files| files.sort());
        Ok(overrides)
    }
}

/// An environment of the shipped templates with `own` in place of those of the same name. A template that does
/// not parse is refused.
pub(super) fn environment(
    own: &HashMap<String, String>,
    messages: &Arc<Messages>,
) -> Result<Environment<'static>, PagesError> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    // A misspelt name is an error, not an empty place on a page on which somebody decides.
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    words::teach(&mut env, messages);
    env.add_function("part", part);
    for (name, shipped) in SHIPPED {
        let source = own.get(name).map_or(shipped, String::as_str);
        env.add_template_owned(name, source.to_owned()).map_err(|error| broken(name, &error))?;
    }
    Ok(env)
}

/// `part(file, name=value…)`: the template `file` drawn with these values and what every page knows. A part that
/// draws parts is refused, so that none can hold itself.
fn part(state: &State<'_, '_>, file: &str, values: Kwargs) -> Result<Value, Error> {
    if state.lookup("whole").is_some() {
        return Err(Error::new(ErrorKind::InvalidOperation, "a part cannot hold parts"));
    }
    let known = |name: &str| state.lookup(name).unwrap_or_default();
    let context = context! {
        lang => known("lang"),
        site => known("site"),
        csrf => known("csrf"),
        whole => state.name(),
        ..Value::from(values)
    };
    state.env().get_template(file)?.render(context).map(Value::from_safe_string)
}

/// An error of a template with its file and line.
pub(super) fn broken(file: &str, error: &Error) -> PagesError {
    let kind = error.kind();
    PagesError::Template {
        file: error.name().unwrap_or(file).to_owned(),
        line: error.line().unwrap_or(0),
        detail: error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    }
}
