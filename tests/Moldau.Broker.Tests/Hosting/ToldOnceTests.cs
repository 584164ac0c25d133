using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Hosting;

namespace Moldau.Broker.Tests.Hosting;

public sealed class ToldOnceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger _logger = new();
    private readonly ToldOnce _told;

    public ToldOnceTests() => _told = new ToldOnce("things", _time, _logger);

    [Fact]
    public void What_is_said_again_is_news_when_it_has_changed_or_was_over()
    {
        Assert.True(_told.IsNews("a", "full"));
        Assert.False(_told.IsNews("a", "full"));
        Assert.True(_told.IsNews("a", "slow"));
        Assert.False(_told.IsNews("a", "slow"));
        _told.Over("a");
        Assert.True(_told.IsNews("a", "slow"));
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public void Of_more_subjects_than_are_remembered_nothing_is_told_but_that_once()
    {
        for (int attempt = 0; attempt < 3; attempt++) Assert.Equal(attempt == 0 ? ToldOnce.SubjectsMax : 0, CountNews(ToldOnce.SubjectsMax + 100));
        Assert.Equal($"What fails is told of {ToldOnce.SubjectsMax} things already: until some of them are over, or an hour is past, nothing is said of others, though they are tried again likewise", Assert.Single(_logger.Messages));
    }

    [Fact]
    public void Where_one_is_over_there_is_room_for_another()
    {
        CountNews(ToldOnce.SubjectsMax + 1);
        _told.Over("0");
        Assert.Equal(1, CountNews(ToldOnce.SubjectsMax + 1));
        Assert.Single(_logger.Messages);
    }

    [Fact]
    public void After_an_hour_without_room_all_is_told_anew()
    {
        CountNews(ToldOnce.SubjectsMax);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, CountNews(ToldOnce.SubjectsMax));
        Assert.True(_told.IsNews("another", "full"));
        Assert.Equal(ToldOnce.SubjectsMax - 1, CountNews(ToldOnce.SubjectsMax));
        Assert.Single(_logger.Messages);
    }

    private int CountNews(int subjects) => Enumerable.Range(0, subjects).Count(subject => _told.IsNews($"{subject}", "full"));
}
