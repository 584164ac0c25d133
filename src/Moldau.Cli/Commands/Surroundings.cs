using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>What every command works with.</summary>
internal sealed record Surroundings(Screen Screen, Input Input, CancellationToken Stop);
