namespace Moldau.Broker.Config;

/// <summary>Which settings of groups must fit each other, those of the broker as those of single groups.</summary>
internal static class GroupRules
{
    public static readonly string[] Kinds = ["consumer", "share", "streams"];

    /// <summary>
    /// The broker's keys for how low and how high a setting of groups may be: for consumer.X these are group.consumer.min.X and
    /// group.consumer.max.X. Not all settings have them.
    /// </summary>
    public static (string Least, string Most) BoundsOf(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string kind = name[..dot], rest = name[(dot + 1)..];
        if (rest.StartsWith("num.", StringComparison.Ordinal)) rest = rest["num.".Length..];
        return ($"group.{kind}.min.{rest}", $"group.{kind}.max.{rest}");
    }

    /// <summary>What a broker begins with. As in Kafka, it must be possible for a group without settings of its own.</summary>
    public static void Check(ConfigLayers layers, StaticSettings check)
    {
        foreach (var key in ConfigKeys.Of(ConfigScope.Group).Where(key => key.Standing == ConfigStanding.Honoured)) CheckBounds(layers, key.Name, check);
        CheckShareSessions(layers, check);
        foreach (string kind in Kinds)
        {
            string session = $"group.{kind}.session.timeout.ms", heartbeat = $"group.{kind}.heartbeat.interval.ms";
            if (layers.Long(session) > layers.Long(heartbeat)) continue;
            check.Wrong(
                $"{session} must be above {heartbeat}, which is {layers.Long(heartbeat)}, but is '{layers.Long(session)}': each member would be taken "
                + "for dead between two heartbeats. Raise the one, or lower the other.");
        }
    }

    private static void CheckShareSessions(ConfigLayers layers, StaticSettings check)
    {
        const string Sessions = "group.share.max.share.sessions", Members = "group.share.max.size";
        if (layers.Long(Sessions) >= layers.Long(Members)) return;
        check.Wrong(
            $"{Sessions} must be {layers.Long(Members)} or more, which {Members} is, but is '{layers.Long(Sessions)}': members of one group would find "
            + "no room to fetch. Raise the one, or lower the other.");
    }

    private static void CheckBounds(ConfigLayers layers, string name, StaticSettings check)
    {
        var (least, most) = BoundsOf(name);
        var (min, max) = (layers.OptionalLong(least), layers.OptionalLong(most));
        if (min is null && max is null) return;
        string all = $"group.{name}";
        long value = layers.Long(all);
        if (min > max) check.Wrong($"{most} must be {min} or more, which {least} is, but is '{max}'. Raise the one, or lower the other.");
        else if (value < min) check.Wrong($"{all} must be {min} or more, which {least} says, but is '{value}'. Raise it, or lower {least}.");
        else if (value > max) check.Wrong($"{all} must be {max} or less, which {most} says, but is '{value}'. Lower it, or raise {most}.");
    }
}
