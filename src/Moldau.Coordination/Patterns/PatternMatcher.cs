namespace Moldau.Coordination.Patterns;

/// <summary>
/// Matches whole names with a pattern. States of its automaton, sets of steps that hold at once, are made when a name first comes to them. Since there
/// may be more of them than anybody can afford, their making has a budget: when it is used up, the pattern matches nothing any more.
/// </summary>
/// <remarks>Not for several threads at once.</remarks>
internal sealed class PatternMatcher
{
    /// <summary>
    /// Steps that are gone through to make states, for one matcher. Ordinary patterns need a few hundred for any number of names; all of
    /// it is a matter of milliseconds.
    /// </summary>
    public const int BudgetSteps = 400_000;

    /// <summary>What a state costs beside its steps: its table has as much room.</summary>
    private const int StateSteps = 160;

    private const int TableSize = 128;
    private const int Unknown = -1;

    private readonly PatternProgram _program;
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<State> _states = [];
    private readonly Dictionary<(int State, int Character), int> _beyondTables = [];
    private readonly bool[] _isReached;
    private readonly Stack<int> _open = [];
    private readonly int _given;
    private int _budget;

    public PatternMatcher(PatternProgram program, int budget)
    {
        _program = program;
        _given = _budget = budget;
        _isReached = new bool[program.Steps.Count];
        StateOf(Edge.Text, [program.Start]);
    }

    /// <summary>Whether there were names that it could not match any more.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>How much of the budget was used.</summary>
    public int Spent => _given - _budget;

    public bool Matches(string name)
    {
        int state = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            state = Next(state, rune.Value);
            if (IsExhausted || _states[state].Steps.Length == 0) return false;
        }
        return !IsExhausted && Ends(_states[state]);
    }

    private int Next(int state, int character)
    {
        var table = _states[state].Table;
        if (character < TableSize)
        {
            int known = table[character];
            return known != Unknown ? known : table[character] = Make(state, character);
        }
        if (_beyondTables.TryGetValue((state, character), out int next)) return next;
        return _beyondTables[(state, character)] = Make(state, character);
    }

    private int Make(int state, int character)
    {
        if (_budget < 0)
        {
            IsExhausted = true;
            return state;
        }
        var from = _states[state];
        var (edge, steps) = (EdgeOf(character), new List<int>());
        foreach (int reached in Reached(from.Steps, from.Before, edge))
        {
            var step = _program.Steps[reached];
            if (step.Op != PatternOp.Take) continue;
            if (character >= TableSize) _budget -= step.Set!.Size;
            if (step.Set!.Has(character)) steps.Add(step.Next);
        }
        _budget -= steps.Count + 1;
        return StateOf(edge, [.. steps.Distinct().Order()]);
    }

    private bool Ends(State state) => state.Ends ??= Reached(state.Steps, state.Before, Edge.Text).Contains(0);

    /// <summary>The steps, and those to which they lead without taking a character, between one that was taken and one that is to come.</summary>
    private List<int> Reached(int[] steps, Edge before, Edge after)
    {
        var reached = new List<int>();
        foreach (int start in steps) _open.Push(start);
        while (_open.TryPop(out int at))
        {
            if (_isReached[at]) continue;
            _isReached[at] = true;
            reached.Add(at);
            var step = _program.Steps[at];
            if (step.Op == PatternOp.Fork) _open.Push(step.Other);
            if (step.Op == PatternOp.Fork || (step.Op == PatternOp.Check && Holds(step.Place, before, after))) _open.Push(step.Next);
        }
        foreach (int at in reached) _isReached[at] = false;
        _budget -= reached.Count;
        return reached;
    }

    private int StateOf(Edge before, int[] steps)
    {
        string key = KeyOf(before, steps);
        if (_ids.TryGetValue(key, out int id)) return id;
        _budget -= StateSteps + steps.Length;
        _ids.Add(key, _states.Count);
        _states.Add(new State(before, steps));
        return _states.Count - 1;
    }

    private static string KeyOf(Edge before, int[] steps) =>
        string.Create(steps.Length + 1, (before, steps), static (key, state) =>
        {
            key[0] = (char)state.before;
            for (int i = 0; i < state.steps.Length; i++) key[i + 1] = (char)state.steps[i];
        });

    private static bool Holds(PlaceKind place, Edge before, Edge after) => place switch
    {
        PlaceKind.TextStart => before == Edge.Text,
        PlaceKind.TextEnd => after == Edge.Text,
        PlaceKind.LineStart => before is Edge.Text or Edge.Line,
        PlaceKind.LineEnd => after is Edge.Text or Edge.Line,
        _ => (before == Edge.Word != (after == Edge.Word)) == (place == PlaceKind.WordEdge),
    };

    private static Edge EdgeOf(int character) => character switch
    {
        '\n' => Edge.Line,
        '_' => Edge.Word,
        < TableSize when char.IsAsciiLetterOrDigit((char)character) => Edge.Word,
        _ => Edge.Other,
    };

    /// <summary>What stands on one side of a place.</summary>
    private enum Edge
    {
        Other,
        Word,
        Line,

        /// <summary>Nothing: the name begins or ends there.</summary>
        Text,
    }

    private sealed class State
    {
        public State(Edge before, int[] steps)
        {
            (Before, Steps) = (before, steps);
            Array.Fill(Table, Unknown);
        }

        public Edge Before { get; }

        public int[] Steps { get; }

        /// <summary>The states that follow, by the character that is taken.</summary>
        public int[] Table { get; } = new int[TableSize];

        public bool? Ends { get; set; }
    }
}
