using System.Globalization;
using Moldau.Broker.Handover;

namespace Moldau.Cli.Terminal;

/// <summary>One line on a terminal that says how far the check is, written over and over.</summary>
internal sealed class CheckProgressLine(Screen screen) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private long _shownAt = TimeProvider.System.GetTimestamp();

    public void Show(CheckProgress progress)
    {
        if (TimeProvider.System.GetElapsedTime(_shownAt) < Interval) return;
        _shownAt = TimeProvider.System.GetTimestamp();
        screen.Status(string.Create(CultureInfo.InvariantCulture,
            $"{progress.PartitionsDone} of {progress.PartitionsAll} partitions, {progress.BytesRead / 1_000_000.0:N0} MB read: {Path.GetFileName(progress.Partition)}"));
    }

    public void Clear() => screen.Status("");

    public void Dispose() => Clear();
}
