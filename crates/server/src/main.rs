//! How does `tandem` start? Arguments in, exit code out; everything else is in the library.

fn main() -> std::process::ExitCode {
    tandem_server::command::main()
}
