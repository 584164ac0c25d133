namespace Moldau.TestKit;

/// <summary>
/// A folder: names as programs see them, as they are on the medium, and the changes since, of which a power cut keeps the first
/// few.
/// </summary>
internal sealed class SimulatedFolder : SimulatedNode
{
    private readonly List<Action<Dictionary<string, SimulatedNode>>> _unflushed = [];
    private Dictionary<string, SimulatedNode> _nodes = [];
    private Dictionary<string, SimulatedNode> _durable = [];

    public T? Find<T>(string name) where T : SimulatedNode => _nodes.GetValueOrDefault(name) as T;

    public T FindOrAdd<T>(string name) where T : SimulatedNode, new()
    {
        if (Find<T>(name) is { } present) return present;
        var node = new T();
        Change(nodes => nodes[name] = node);
        return node;
    }

    public List<string> Names<T>() where T : SimulatedNode =>
        _nodes.Where(entry => entry.Value is T).Select(entry => entry.Key).Order(StringComparer.Ordinal).ToList();

    public void Remove(string name) => Change(nodes => nodes.Remove(name));

    public void Rename(string from, string to)
    {
        var node = _nodes.GetValueOrDefault(from) ?? throw new FileNotFoundException($"There is no {from}.");
        Change(nodes =>
        {
            nodes.Remove(from);
            nodes[to] = node;
        });
    }

    public void Flush()
    {
        _unflushed.Clear();
        _durable = new Dictionary<string, SimulatedNode>(_nodes);
    }

    public override void LosePower(Random random)
    {
        if (_unflushed.Count > 0)
        {
            foreach (var change in _unflushed.Take(random.Next(_unflushed.Count + 1))) change(_durable);
            _unflushed.Clear();
            _nodes = new Dictionary<string, SimulatedNode>(_durable);
        }
        foreach (var (_, node) in _nodes.OrderBy(entry => entry.Key, StringComparer.Ordinal)) node.LosePower(random);
    }

    private void Change(Action<Dictionary<string, SimulatedNode>> change)
    {
        change(_nodes);
        _unflushed.Add(change);
    }
}
