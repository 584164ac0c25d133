using Moldau.Protocol.Messages;

namespace Moldau.Coordination.ShareState;

/// <summary>The durable half of the state: what the records say of each share partition. Only records change it.</summary>
internal sealed class DurableShareState
{
    private readonly Dictionary<SharePartitionKey, SharePartitionState> _states = [];
    private long _nextOffset;

    public IReadOnlyDictionary<SharePartitionKey, SharePartitionState> All => _states;

    /// <summary>The log is needed from here on. Where nothing is stored, all of it can go.</summary>
    public long NeededFrom => _states.Count == 0 ? _nextOffset : _states.Values.Min(state => state.SnapshotOffset);

    public SharePartitionState? Find(SharePartitionKey key) => _states.GetValueOrDefault(key);

    public void Apply(CoordinatorRecord record, long offset)
    {
        _nextOffset = offset + 1;
        switch (record)
        {
            case { Key: ShareSnapshotKey key, Value: ShareSnapshotValue value }:
                _states[ShareStateRecords.KeyOf(key)] = ShareStateRecords.StateOf(value) with { SnapshotOffset = offset };
                break;
            case { Key: ShareSnapshotKey key, Value: null }:
                _states.Remove(ShareStateRecords.KeyOf(key));
                break;
            case { Key: ShareUpdateKey updated, Value: ShareUpdateValue value }:
                Update(ShareStateRecords.KeyOf(updated), value);
                break;
        }
    }

    /// <summary>Without a snapshot before it an update is of a state that is gone.</summary>
    private void Update(SharePartitionKey key, ShareUpdateValue value)
    {
        if (!_states.TryGetValue(key, out var former)) return;
        _states[key] = former.With(ShareStateRecords.WriteOf(key, value)) with { UpdatesSinceSnapshot = former.UpdatesSinceSnapshot + 1 };
    }
}
