namespace Moldau.TestKit.Histories;

/// <summary>A position is taken from members only, and from none whose generation or epoch is over; so is what a member says that it has.</summary>
internal static class GroupFencing
{
    public static IEnumerable<Anomaly> Check(IReadOnlyList<HistoryEvent> events)
    {
        var epochs = new GroupEpochs(events);
        var groups = new Dictionary<string, KnownMembers>();
        KnownMembers Of(string group)
        {
            if (!groups.TryGetValue(group, out var members)) groups.Add(group, members = new(epochs.IsClassic(group)));
            return members;
        }
        foreach (var happened in events)
        {
            switch (happened)
            {
                case Owns owns: Of(owns.As.Group).Hear(owns); break;
                case LeftGroup left: Of(left.As.Group).Leave(left.As); break;
                case BrokerLost:
                    foreach (var members in groups.Values) members.BrokerLost();
                    break;
                case CommittedPosition { Outcome: SendOutcome.Acknowledged } committed when !Of(committed.As.Group).MayCommit(committed.As, committed.Position):
                    yield return new(AnomalyKind.FencedCommit, $"{committed}");
                    break;
                case SpokeLate { Outcome: SendOutcome.Acknowledged } spoke when !Of(spoke.As.Group).MaySpeak(spoke):
                    yield return new(AnomalyKind.FencedHeartbeat, $"{spoke.As} has {string.Join(' ', spoke.Owned ?? [])} was taken");
                    break;
            }
        }
    }

    /// <summary>What is known of one group's members. What somebody has heard of is stored.</summary>
    private sealed class KnownMembers(bool isClassic)
    {
        private readonly HashSet<GroupMembership> _known = [];
        private readonly Dictionary<string, GroupMembership> _gone = [];
        private readonly Dictionary<string, Owns> _ofInstances = [];
        private readonly Dictionary<string, Standing> _standings = [];
        private readonly Dictionary<(string Member, string Topic, int Partition), int> _without = [];
        private int _newest = int.MinValue;

        public void Hear(Owns owns)
        {
            // No epoch of a group comes again, but when it begins from the start.
            if (_gone.TryGetValue(owns.As.Member, out var gone) && owns.As.Generation <= gone.Generation) Forget(owns.As.Member);
            bool isNew = _known.Add(owns.As); // And not what it still says of itself when another has its place.
            if (isNew && owns.As.Instance is { } instance && IsLater(owns, _ofInstances.GetValueOrDefault(instance))) _ofInstances[instance] = owns;
            _newest = Math.Max(_newest, owns.As.Generation);
            _standings[owns.As.Member] = Standing.After(_standings.GetValueOrDefault(owns.As.Member), owns);
            foreach (var (topic, partition) in owns.Partitions) _without.TryAdd((owns.As.Member, topic, partition), int.MinValue);
            if (!owns.IsComplete) return;
            foreach (var key in _without.Keys.Where(key => key.Member == owns.As.Member && !owns.Partitions.Contains((key.Topic, key.Partition))).ToList())
                _without[key] = owns.As.Generation;
        }

        public void Leave(GroupMembership member) => _gone[member.Member] = member;

        /// <summary>Of a classic group with members only its generations are stored.</summary>
        public void BrokerLost()
        {
            foreach (var member in _gone.Values.Where(member => member.SpeaksClassic).ToList()) _gone.Remove(member.Member);
        }

        /// <summary>
        /// A classic group has one generation, the newest. Elsewhere a commit that comes with an older epoch counts for what the member has had
        /// since then without interruption (KIP-1251).
        /// </summary>
        public bool MayCommit(GroupMembership member, LogPosition at)
        {
            if (IsOver(member)) return false;
            return isClassic ? member.Generation == _newest : member.Generation >= _without.GetValueOrDefault((member.Member, at.Topic, at.Partition), int.MinValue);
        }

        /// <summary>
        /// A member has its own epoch, or still the one before where it may not have heard of its own: then it says what it has, and has no
        /// more than it was given in its own.
        /// </summary>
        public bool MaySpeak(SpokeLate spoke)
        {
            if (IsOver(spoke.As)) return false;
            var standing = _standings[spoke.As.Member];
            if (spoke.As.Generation >= standing.Epoch) return true;
            return spoke.As.Generation == standing.Former && spoke.Owned is { } owned && standing.Had.IsSupersetOf(owned);
        }

        private bool IsOver(GroupMembership member)
        {
            if (!_known.Contains(member)) return true;
            if (_gone.TryGetValue(member.Member, out var gone) && member.Generation <= gone.Generation) return true;
            return member.Instance is { } instance && _ofInstances[instance].As.Member != member.Member;
        }

        /// <summary>In the classic protocol an answer may be seen late; who has asked later has the place later.</summary>
        private static bool IsLater(Owns owns, Owns? former) =>
            former is null || !(owns.As.SpeaksClassic && former.As.SpeaksClassic) || owns.UntilMs > former.UntilMs;

        private void Forget(string member)
        {
            _gone.Remove(member);
            foreach (var key in _without.Keys.Where(key => key.Member == member).ToList()) _without.Remove(key);
        }
    }

    /// <summary>The last two epochs of a member, and what it has had in the last.</summary>
    private sealed record Standing(int Former, int Epoch)
    {
        public HashSet<(string Topic, int Partition)> Had { get; } = [];

        public static Standing After(Standing? standing, Owns owns)
        {
            if (standing?.Epoch != owns.As.Generation) standing = new(standing?.Epoch ?? 0, owns.As.Generation);
            standing.Had.UnionWith(owns.Partitions);
            return standing;
        }
    }
}
