namespace Moldau.Cli.Clients;

/// <summary>What a cluster says of a streams group (KIP-1071): the threads of an application, which share its tasks.</summary>
internal sealed record StreamsGroupView(string Name) : GroupView(Name)
{
    public const string Kind = "streams";

    public int Epoch { get; init; }

    public int AssignmentEpoch { get; init; }

    /// <summary>Null where the group has no topology.</summary>
    public int? TopologyEpoch { get; init; }

    public IReadOnlyList<StreamsSubtopology> Subtopologies { get; init; } = [];

    public IReadOnlyList<StreamsMember> StreamsMembers { get; init; } = [];

    /// <summary>Topics that the application reads and somebody has to make, and that do not exist as far as this user sees.</summary>
    public IReadOnlyList<string> MissingSources { get; init; } = [];

    /// <summary>Topics of the application's own that are not there yet.</summary>
    public IReadOnlyList<string> MissingInternals { get; init; } = [];

    public override IEnumerable<string> Topics => Subtopologies.SelectMany(subtopology => subtopology.Read).Distinct(StringComparer.Ordinal);

    public override bool AreTopicsKnown => Subtopologies.Count > 0;

    /// <summary>Repartition and changelog topics: they are the application's own.</summary>
    public IEnumerable<string> InternalTopics => Subtopologies
        .SelectMany(subtopology => subtopology.RepartitionSources.Concat(subtopology.Changelogs))
        .Select(topic => topic.Name)
        .Except(Subtopologies.SelectMany(subtopology => subtopology.Sources), StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);

    public override string Workers => "application";

    public override bool BeginsAtEnd => false;
}

/// <summary>A part of a topology that is joined to the others by topics only; it has a task for each partition.</summary>
internal sealed record StreamsSubtopology(string Id)
{
    public IReadOnlyList<string> Sources { get; init; } = [];

    public IReadOnlyList<string> RepartitionSinks { get; init; } = [];

    public IReadOnlyList<StreamsTopic> RepartitionSources { get; init; } = [];

    public IReadOnlyList<StreamsTopic> Changelogs { get; init; } = [];

    /// <summary>All topics that it reads.</summary>
    public IEnumerable<string> Read => Sources.Concat(RepartitionSources.Select(topic => topic.Name));
}

/// <summary>A topic of an application's own. While it is to be made it may have 0 partitions, which leaves their number open.</summary>
internal readonly record struct StreamsTopic(string Name, int Partitions);
