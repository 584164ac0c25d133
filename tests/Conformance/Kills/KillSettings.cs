using System.Globalization;

namespace Moldau.Conformance.Kills;

/// <summary><c>MOLDAU_KILLS</c> sets how often is killed, <c>MOLDAU_KILL_SEED</c> repeats a run.</summary>
internal static class KillSettings
{
    public static readonly int Kills = Setting("MOLDAU_KILLS", 15);

    public static readonly int Seed = Setting("MOLDAU_KILL_SEED", 1);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
