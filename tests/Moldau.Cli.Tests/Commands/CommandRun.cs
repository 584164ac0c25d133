using System.Text;
using Moldau.Cli.Commands;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Commands;

/// <summary>A run of the command line in this process, with everything piped.</summary>
internal sealed record CommandRun(int ExitCode, string Data, string Notes)
{
    public static Task<CommandRun> OfAsync(string input, params string[] arguments) =>
        RunAsync(BytesOf(input), new MemoryStream(), CancellationToken.None, arguments);

    /// <summary>Sends Ctrl-C as soon as there is data.</summary>
    public static Task<CommandRun> StoppedAtFirstDataAsync(params string[] arguments) => StoppedAtFirstDataAsync(BytesOf(""), arguments);

    public static async Task<CommandRun> StoppedAtFirstDataAsync(Stream input, params string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        return await RunAsync(input, new StopAtWrite(stop), stop.Token, arguments);
    }

    /// <summary>With Ctrl-C at a moment of the test's choice.</summary>
    public static Task<CommandRun> StoppedAsync(CancellationToken stop, params string[] arguments) => StoppedAsync(BytesOf(""), stop, arguments);

    public static Task<CommandRun> StoppedAsync(Stream input, CancellationToken stop, params string[] arguments) =>
        RunAsync(input, new MemoryStream(), stop, arguments);

    /// <summary>As in <c>| head</c> once it has gone.</summary>
    public static Task<CommandRun> WithClosedOutputAsync(params string[] arguments) =>
        RunAsync(BytesOf(""), new ClosedOutput(), CancellationToken.None, arguments);

    /// <summary>Writes its data to a place that takes none.</summary>
    public static Task<CommandRun> WithBrokenOutputAsync(IOException failure, string input, params string[] arguments) =>
        RunAsync(BytesOf(input), new Broken(failure), CancellationToken.None, arguments);

    public static Task<CommandRun> OfAsync(Stream input, params string[] arguments) =>
        RunAsync(input, new MemoryStream(), CancellationToken.None, arguments);

    public static MemoryStream BytesOf(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task<CommandRun> RunAsync(Stream input, MemoryStream data, CancellationToken stop, string[] arguments)
    {
        await using var notes = new StringWriter();
        int exitCode;
        using (var screen = Screen.Piped(data, notes))
        {
            var around = new Surroundings(screen, new Input(input), stop);
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
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            stop.Cancel();
        }
    }

    private sealed class Broken(IOException failure) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw failure;
    }
}
