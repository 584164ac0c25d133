using Moldau.Broker.Handlers.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Transactions;

public sealed class ListTransactionsTests : IAsyncLifetime
{
    private RunningBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_state_that_does_not_exist_is_told_once_however_often_it_is_asked_for()
    {
        var answer = await AskAsync(new ListTransactionsRequest { StateFilters = ["Sleeping", "Ongoing", "Sleeping"] });
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.Equal(["Sleeping"], answer.UnknownStateFilters);
    }

    [Fact]
    public async Task A_bad_pattern_is_told_though_no_state_of_those_that_are_asked_for_exists()
    {
        var answer = await AskAsync(new ListTransactionsRequest { StateFilters = ["Sleeping"], TransactionalIdPattern = "(" });
        Assert.Equal(ErrorCode.InvalidRegularExpression, answer.ErrorCode);
    }

    [Fact]
    public async Task A_coordinator_that_is_not_there_is_told_though_no_state_of_those_that_are_asked_for_exists()
    {
        Assert.Equal(ErrorCode.None, await _broker.Services.Transactions.EnsureTopicAsync());
        await _broker.Services.Transactions.StopAsync();
        var answer = await AskAsync(new ListTransactionsRequest { StateFilters = ["Sleeping"] });
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, answer.ErrorCode);
    }

    private async Task<ListTransactionsResponse> AskAsync(ListTransactionsRequest request)
    {
        request.DurationFilter = -1;
        var handler = new ListTransactions(_broker.Services.Transactions);
        return (await handler.HandleAsync(new RequestContext { Api = ApiKey.ListTransactions, Version = 2 }, request))!;
    }
}
