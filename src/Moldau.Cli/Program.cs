using Moldau.Cli.Commands;
using Moldau.Cli.Terminal;

using var screen = Screen.Standard();
using var signals = new StopSignals();
var around = new Surroundings(screen, Input.Standard(), signals.Token) { Abandoned = signals.Abandoned, ReaderGone = StandardOutput.ReaderGone };
return await CommandLine.RunAsync(args, around);
