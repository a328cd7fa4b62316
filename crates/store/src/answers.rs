//! How do all who wait for one commit hear of it, and their runtime is woken once?
//!
//! To wake a task from the writer's thread is a system call; to wake it from its own runtime's is none. So the answers
//! of a commit travel to their runtime together, in one task that gives them.

use crate::queue::Work;
use tokio::runtime::Handle;

/// The answers of one commit, by the runtime in which somebody waits for them.
#[derive(Default)]
pub struct Answers(Vec<(Handle, Finished)>);

/// Finished work. Whoever waits for it hears so when this goes, wherever that is: a runtime that ends drops its tasks.
struct Finished(Vec<Box<dyn Work>>);

impl Drop for Finished {
    fn drop(&mut self) {
        for work in self.0.drain(..) {
            work.answer();
        }
    }
}

impl Answers {
    /// This was finished, for somebody who waits in `runtime`, if in any.
    pub fn add(&mut self, work: Box<dyn Work>, runtime: Option<Handle>) {
        let Some(runtime) = runtime else { return work.answer() };
        match self.0.iter_mut().find(|(known, _)| known.id() == runtime.id()) {
            Some((_, finished)) => finished.0.push(work),
            None => self.0.push((runtime, Finished(vec![work]))),
        }
    }

    /// Gives all answers.
    pub fn give(self) {
        for (runtime, finished) in self.0 {
            // One answer wakes its runtime once by itself.
            if finished.0.len() > 1 {
                runtime.spawn(async move { drop(finished) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::StoreError;
    use crate::shared::Shared;
    use crate::writer::Desk;
    use std::sync::{Arc, Mutex};
    use tokio::runtime::{Builder, Id, Runtime};

    /// In which runtimes answers were given.
    type Given = Arc<Mutex<Vec<Option<Id>>>>;

    struct Asked(Given);

    impl Work for Asked {
        fn run(&mut self, _: &mut Desk<'_>) -> rusqlite::Result<()> {
            Ok(())
        }

        fn finish(&mut self, _: &Shared, _: Result<(), StoreError>) {}

        fn answer(self: Box<Self>) {
            self.0.lock().unwrap().push(Handle::try_current().ok().map(|handle| handle.id()));
        }
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn each_runtime_gives_its_own_answers() {
        let (one, two, given) = (runtime(), runtime(), Given::default());
        let asked = || Box::new(Asked(Arc::clone(&given)));
        let given = || std::mem::take(&mut *given.lock().unwrap());
        let mut answers = Answers::default();
        for _ in 0..3 {
            answers.add(asked(), Some(one.handle().clone()));
            answers.add(asked(), Some(two.handle().clone()));
        }
        answers.add(asked(), None);
        assert_eq!(given(), [None], "where nobody's runtime could give it, it is given at once");
        answers.give();
        assert_eq!(given(), [], "not from this thread");
        one.block_on(tokio::task::yield_now());
        assert_eq!(given(), [Some(one.handle().id()); 3]);
        two.block_on(tokio::task::yield_now());
        assert_eq!(given(), [Some(two.handle().id()); 3]);
    }

    #[test]
    fn a_runtime_that_ends_takes_no_answer_along() {
        let (ended, ending, given) = (runtime(), runtime(), Given::default());
        let mut answers = Answers::default();
        for runtime in [&ended, &ended, &ending, &ending] {
            answers.add(Box::new(Asked(Arc::clone(&given))), Some(runtime.handle().clone()));
        }
        drop(ended);
        answers.give();
        assert_eq!(given.lock().unwrap().len(), 2);
        drop(ending);
        assert_eq!(given.lock().unwrap().len(), 4);
    }

    #[test]
    fn answers_that_nobody_comes_to_give_are_given() {
        let (running, given) = (runtime(), Given::default());
        let mut answers = Answers::default();
        for _ in 0..2 {
            answers.add(Box::new(Asked(Arc::clone(&given))), Some(running.handle().clone()));
        }
        drop(answers);
        assert_eq!(*given.lock().unwrap(), [None, None]);
    }
}
