using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Moldau.Cli.Commands.Groups;

/// <summary>The options of which one says where a group is to go on.</summary>
internal sealed class ResetTargetOptions
{
    /// <summary>K is Z, +01:00 or nothing.</summary>
    private static readonly string[] TimeForms =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    private readonly Option<bool> _earliest = Flag.Create("--to-earliest", "The first record that is there.");
    private readonly Option<bool> _latest = Flag.Create("--to-latest", "The end: only what comes from then on.");
    private readonly Option<long?> _offset = NumberOption.Create("--to-offset", 0L, long.MaxValue, "This offset, or the nearest that is there.");
    private readonly Option<long?> _shift = NumberOption.Create("--shift-by", long.MinValue, long.MaxValue, "So many records forward, or back if negative.");

    private readonly Option<string?> _time = TextOption.Create(
        "--to-datetime", "TIME", "The first record of this time or later, as 2026-03-01T08:30:00Z; UTC where no zone is given.");

    private readonly Option<string?> _duration = DurationOption.Create(
        "--by-duration", "The first record that is no older than this, as PT30M, PT6H or P7D.");

    private Option[] All => [_earliest, _latest, _offset, _shift, _time, _duration];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Options.Add(option);
        }

        _time.Validators.Add(CheckTime);
        command.Validators.Add(CheckOne);
    }

    public ResetTarget Read(ParseResult parsed, DateTimeOffset now)
    {
        if (parsed.GetValue(_earliest))
        {
            return new ToEarliest();
        }

        if (parsed.GetValue(_latest))
        {
            return new ToLatest();
        }

        if (parsed.GetValue(_offset) is { } offset)
        {
            return new ToOffset(offset);
        }

        if (parsed.GetValue(_shift) is { } records)
        {
            return new ShiftBy(records);
        }

        return new ToTime(parsed.GetValue(_time) is { } time ? ReadTime(time)!.Value : now - DurationOption.Read(parsed, _duration)!.Value);
    }

    private static DateTimeOffset? ReadTime(string text) =>
        DateTimeOffset.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static void CheckTime(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => ReadTime(token.Value) is null))
        {
            result.AddError($"{result.IdentifierToken?.Value} takes an ISO 8601 time, as 2026-03-01T08:30:00Z; not '{token.Value}'.");
        }
    }

    private void CheckOne(CommandResult result)
    {
        int given = All.Count(option => result.GetResult(option) is { Implicit: false });
        if (given != 1)
        {
            string names = string.Join(", ", All.Select(option => option.Name));
            result.AddError($"{(given == 0 ? "One" : "Only one")} of these says where the group is to go on: {names}.");
        }
    }
}
