//! `completions SHELL`: the script that teaches a shell the commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  flockctl completions bash > ~/.local/share/bash-completion/completions/flockctl
  flockctl completions zsh > ~/.zfunc/_flockctl
  flockctl completions fish > ~/.config/fish/completions/flockctl.fish";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    shell: Shell,
}

pub(crate) fn run(output: &Output, args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flockctl", &mut script);
    output.bytes(&script)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_gets_a_script_with_all_commands() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "flockctl", &mut script);
            let script = String::from_utf8_lossy(&script).into_owned();
            for word in ["deploy", "activations", "apihost", "no-overwrite"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
