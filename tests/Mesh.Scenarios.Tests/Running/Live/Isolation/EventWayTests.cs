using CsCheck;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Running.Live.Isolation;

namespace Mesh.Scenarios.Tests.Running.Live.Isolation;

/// <summary>The way of decisions from the sidecars' processes into one record.</summary>
public sealed class EventWayTests
{
    [Fact]
    public void A_buffer_sends_every_decision_once_and_in_order() => Gen.Int[0, 3000].Array[1, 8].Sample(batches =>
    {
        var sent = new List<long>();
        var buffer = new EventBuffer(events => sent.AddRange(events.ToArray().Select(e => e.At)));
        long next = 0;
        foreach (int count in batches)
        {
            for (int i = 0; i < count; i++) buffer.On(At(next++));
            Assert.Equal(0, buffer.Flush());
        }
        Assert.Equal(Enumerable.Range(0, (int)next).Select(at => (long)at), sent);
    }, iter: 100);

    [Fact]
    public void What_a_buffer_cannot_keep_is_counted()
    {
        int sent = 0;
        var buffer = new EventBuffer(events => sent += events.Length, most: 1000);
        for (int i = 0; i < 1500; i++) buffer.On(At(i));
        Assert.Equal((500, 1000), (buffer.Flush(), sent));
        for (int i = 0; i < 1000; i++) buffer.On(At(i));
        Assert.Equal((0, 2000), (buffer.Flush(), sent));
    }

    [Fact]
    public void Decisions_of_many_sidecars_come_in_the_order_of_time_under_the_ids_of_the_runner()
    {
        var time = new Clock();
        var all = new Kept();
        var merge = new EventMerge(all, time);
        merge.Add(4, [At(10), At(30)]);
        merge.Add(7, [At(20), At(40)]);
        Assert.Empty(all.Events);
        time.Now = TimeSpan.FromMilliseconds(200).Ticks + 30;
        merge.Add(7, [At(50)]);
        Assert.Equal([(10, 4), (20, 7), (30, 4)], all.Events);
        merge.Add(4, [At(5)]);   // far too late: at once
        Assert.Equal((5, 4), all.Events[^1]);
        merge.Flush();
        Assert.Equal([(40, 7), (50, 7)], all.Events[^2..]);
    }

    private static MeshEvent At(long at) => new() { At = at, Kind = MeshEventKind.RequestStarted, Proxy = 0 };

    private sealed class Kept : IMeshEvents
    {
        public List<(long At, int Proxy)> Events { get; } = [];

        public void On(in MeshEvent e) => Events.Add((e.At, e.Proxy));
    }

    /// <summary>A clock that stands until it is set.</summary>
    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
