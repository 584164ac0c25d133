namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// The topics of a run, as clients with the newest metadata know them. One that is deleted and made anew under its name is another from then on, and has
/// another title: by these the history tells topics apart, and ids are what clients say of them where names would not do.
/// </summary>
internal sealed class SimulatedTopics(int partitions)
{
    private readonly OrderedDictionary<string, string> _titles = [];
    private readonly Dictionary<string, (string Name, Guid Id)> _topics = [];
    private readonly Dictionary<Guid, string> _titlesOfIds = [];
    private readonly Dictionary<string, int> _partitions = [];
    private readonly HashSet<string> _goneForCertain = [], _goneOrAboutTo = [];

    /// <summary>The name of the one that is made anew now and then.</summary>
    public string? Renewed { get; set; }

    /// <summary>How often something of the topics has changed.</summary>
    public int Changes { get; private set; }

    public IEnumerable<string> Names => _titles.Keys;

    public IEnumerable<(string Topic, int Partition)> All => PartitionsOf(Titles);

    /// <summary>Those that there are.</summary>
    public IEnumerable<string> Titles => _titles.Values.Where(Has);

    public bool Has(string title) => !_goneForCertain.Contains(title) && _titles[NameOf(title)] == title;

    /// <summary>Of the one that there is under the name, or was last.</summary>
    public string TitleOf(string name) => _titles[name];

    /// <summary>A coordinator may tell an id that nobody else has told yet.</summary>
    public string TitleOf(Guid id) => _titlesOfIds.TryGetValue(id, out string? title) ? title : Entitle(Renewed!, id);

    public string NameOf(string title) => _topics[title].Name;

    public Guid IdOf(string title) => _topics[title].Id;

    /// <summary>Its name may be another's.</summary>
    public bool NeedsId(string title) => _titles[NameOf(title)] != title || _goneOrAboutTo.Contains(title);

    public IEnumerable<(string Topic, int Partition)> PartitionsOf(IEnumerable<string> titles) =>
        titles.SelectMany(title => Enumerable.Range(0, _partitions[title]).Select(partition => (title, partition)));

    public void Add(string name, Guid id)
    {
        _titles[name] = _titlesOfIds.TryGetValue(id, out string? title) ? title : Entitle(name, id);
        Changes++;
    }

    public void Grow(string title, int to)
    {
        _partitions[title] = to;
        Changes++;
    }

    public void BeginRemoval(string title) => _goneOrAboutTo.Add(title);

    public void Remove(string title)
    {
        _goneForCertain.Add(title);
        Changes++;
    }

    private string Entitle(string name, Guid id)
    {
        int former = _topics.Values.Count(topic => topic.Name == name);
        string title = former == 0 ? name : $"{name}({former + 1})";
        _topics.Add(title, (name, id));
        _partitions.Add(title, partitions);
        return _titlesOfIds[id] = title;
    }
}
