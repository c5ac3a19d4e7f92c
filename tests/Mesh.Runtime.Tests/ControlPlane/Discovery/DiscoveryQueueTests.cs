using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

public class DiscoveryQueueTests
{
    [Fact]
    public void A_slow_reader_finds_the_newest_of_each_service_and_is_told_once()
    {
        int told = 0;
        var queue = new DiscoveryQueue(10, () => told++);
        foreach (string letters in (string[])["a", "ab", "abc"]) queue.Observed(Observation("cart", letters));
        queue.Observed(Observation("pay", "x"));
        queue.StatusChanged(new ProviderStatus("etcd", ProviderState.Connecting, 0));
        queue.StatusChanged(new ProviderStatus("etcd", ProviderState.Synced, 1));
        Assert.Equal(1, told);

        var (observations, statuses) = queue.Take();
        Assert.Equal([("cart", 3), ("pay", 1)], observations.Select(o => (o.Service, o.Endpoints.Count)));
        Assert.Equal(ProviderState.Synced, Assert.Single(statuses).State);
        Assert.Empty(queue.Take().Observations);
        queue.Observed(Observation("cart", "a"));
        Assert.Equal(2, told);
    }

    [Fact]
    public void It_holds_no_more_services_than_its_capacity()
    {
        var queue = new DiscoveryQueue(3, () => { });
        for (int i = 0; i < 5; i++) queue.Observed(Observation($"s{i}", "a"));
        queue.Observed(Observation("s1", "ab"));   // one that waits already is replaced all the same
        Assert.Equal(2, queue.Refused);
        Assert.Equal([1, 2, 1], queue.Take().Observations.Select(o => o.Endpoints.Count));
    }

    [Theory]
    [InlineData(1, 0.05, 0.1)]
    [InlineData(2, 0.1, 0.2)]
    [InlineData(4, 0.4, 0.8)]
    [InlineData(8, 5, 10)]        // at most the maximum
    [InlineData(10_000, 5, 10)]
    public void Waits_double_to_the_maximum_and_are_drawn_from_their_upper_half(int failures, double least, double most)
    {
        var random = new KeyedRandom(5);
        var waits = Enumerable.Range(0, 200).Select(i => new ReconnectOptions().Wait(failures, random.Bits(Concern.Discovery, 1, index: i)).TotalSeconds).ToList();
        Assert.All(waits, wait => Assert.InRange(wait, least, most));
        Assert.InRange(waits.Average(), least * 1.4, most * 0.8);
    }

    private static ServiceObservation Observation(string service, string letters) =>
        new() { Source = "etcd", Service = service, Endpoints = [.. letters.Select(letter => Registry.Endpoint(letter))], TakenAt = 0 };
}
