using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;

namespace Mesh.Runtime.Tests.Overload;

public class LoadShedderTests
{
    private static readonly LoadSheddingConfig Ten = new() { MaxRequests = 10, Values = new Dictionary<string, RequestPriority> { ["gold"] = RequestPriority.Critical } };

    [Theory]
    [InlineData(RequestPriority.Critical, 10)]
    [InlineData(RequestPriority.High, 9)]
    [InlineData(RequestPriority.Default, 9)]
    [InlineData(RequestPriority.Low, 7)]
    [InlineData(RequestPriority.Sheddable, 5)]
    public void Priority_fills_its_share_of_the_places(RequestPriority priority, int places)
    {
        var shedder = new LoadShedder(Ten);
        for (int i = 0; i < places; i++) Assert.True(shedder.TryEnter(priority));
        Assert.False(shedder.TryEnter(priority));
        shedder.Exit();
        Assert.True(shedder.TryEnter(priority));
    }

    [Fact]
    public void Requests_of_other_priorities_fill_the_places_too()
    {
        var shedder = new LoadShedder(Ten);
        for (int i = 0; i < 5; i++) Assert.True(shedder.TryEnter(RequestPriority.Default));
        Assert.False(shedder.TryEnter(RequestPriority.Sheddable));
        Assert.True(shedder.TryEnter(RequestPriority.Low));
        Assert.True(shedder.TryEnter(RequestPriority.Critical));
    }

    [Theory]
    [InlineData("x-priority", "critical", RequestPriority.Critical)]
    [InlineData("X-Priority", "sheddable", RequestPriority.Sheddable)]
    [InlineData("x-priority", "gold", RequestPriority.Critical)]
    [InlineData("x-priority", "urgent", RequestPriority.Default)]
    [InlineData("x-tier", "critical", RequestPriority.Default)]
    public void Header_says_how_much_a_request_matters(string header, string value, RequestPriority priority) =>
        Assert.Equal(priority, new LoadShedder(Ten).PriorityOf([new("accept", "*/*"), new(header, value)]));

    /// <summary>What a priority is let in, every more important one would have been too.</summary>
    [Fact]
    public void Less_important_request_is_never_admitted_where_a_more_important_one_is_refused() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[0, 60]).Sample((places, inFlight) =>
        {
            bool refused = false;
            foreach (var priority in Enum.GetValues<RequestPriority>())
            {
                var shedder = new LoadShedder(new LoadSheddingConfig { MaxRequests = places });
                for (int i = 0; i < inFlight; i++) shedder.TryEnter(RequestPriority.Critical);
                Assert.True(shedder.InFlight <= places);
                bool admitted = shedder.TryEnter(priority);
                Assert.False(refused && admitted);
                refused |= !admitted;
            }
        });
}
