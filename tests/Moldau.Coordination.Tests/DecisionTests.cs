namespace Moldau.Coordination.Tests;

/// <summary>Which records of a decision may be appended apart.</summary>
public sealed class DecisionTests
{
    [Fact]
    public void A_divisible_decision_that_is_added_stays_divisible_behind_what_was_there()
    {
        var decision = Of(1, 2);
        decision.Add(Divided([3], [4, 5]));
        Assert.Equal((true, 3, 5), (decision.IsDivisible, decision.WholeCount, decision.Records.Count));
    }

    [Fact]
    public void What_is_one_stays_one_when_it_is_added_to_what_is_divisible()
    {
        var decision = Divided([1], [2]);
        decision.Add(Of(3, 4));
        decision.Append(5);
        Assert.Equal((true, 4), (decision.IsDivisible, decision.WholeCount));
    }

    [Fact]
    public void What_may_be_divided_anywhere_makes_nothing_whole_that_it_is_added_to()
    {
        var decision = Divided([1], [2]);
        decision.Add(Divided([], [3]));
        Assert.Equal((true, 1), (decision.IsDivisible, decision.WholeCount));
    }

    [Fact]
    public void A_whole_decision_divides_by_none_that_is_added_and_lets_none_be_divided()
    {
        var whole = Of(1);
        whole.KeepWhole();
        whole.Add(Divided([], [2]));
        var divided = Divided([], [3]);
        divided.Add(whole);
        Assert.Equal((false, false), (whole.IsDivisible, divided.IsDivisible));
    }

    private static Decision<int> Of(params int[] records)
    {
        var decision = new Decision<int>();
        foreach (int record in records) decision.Append(record);
        return decision;
    }

    private static Decision<int> Divided(int[] whole, int[] rest)
    {
        var decision = Of(whole).Divide();
        foreach (int record in rest) decision.Append(record);
        return decision;
    }
}
