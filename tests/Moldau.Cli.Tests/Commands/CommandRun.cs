using System.Text;
using Moldau.Cli.Commands;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Commands;

/// <summary>A run of the command line in this process, with everything piped.</summary>
internal sealed record CommandRun(int ExitCode, string Data, string Notes)
{
    public static Task<CommandRun> OfAsync(string input, params string[] arguments) =>
        RunAsync(input, new MemoryStream(), CancellationToken.None, arguments);

    /// <summary>Sends Ctrl-C as soon as there is data.</summary>
    public static async Task<CommandRun> StoppedAtFirstDataAsync(params string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        return await RunAsync("", new StopAtWrite(stop), stop.Token, arguments);
    }

    /// <summary>As in <c>| head</c> once it has gone.</summary>
    public static Task<CommandRun> WithClosedOutputAsync(params string[] arguments) =>
        RunAsync("", new ClosedOutput(), CancellationToken.None, arguments);

    private static async Task<CommandRun> RunAsync(string input, MemoryStream data, CancellationToken stop, string[] arguments)
    {
        await using var notes = new StringWriter();
        int exitCode;
        using (var screen = Screen.Piped(data, notes))
        {
            var around = new Surroundings(screen, new Input(new MemoryStream(Encoding.UTF8.GetBytes(input))), stop);
            exitCode = await CommandLine.RunAsync(arguments, around);
        }

        return new CommandRun(exitCode, Encoding.UTF8.GetString(data.ToArray()), notes.ToString());
    }

    private sealed class ClosedOutput : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new OutputClosedException("Broken pipe");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new OutputClosedException("Broken pipe");
    }

    private sealed class StopAtWrite(CancellationTokenSource stop) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            stop.Cancel();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            stop.Cancel();
        }
    }
}
