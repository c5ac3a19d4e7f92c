using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class DeadlineTests
{
    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static RetryConfig Retries(int attempts, double backoff = 25) =>
        new() { Attempts = attempts, On = RetryOn.GatewayError, BackoffBase = Ms(backoff), BackoffMax = Ms(backoff) };

    [Fact]
    public void Total_deadline_answers_504_when_it_passes()
    {
        var mesh = new TestMesh(new() { Timeout = Ms(250.5) });
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call(at: 1);
        mesh.Run();
        Assert.Equal((504, UT, 251.5), call.Answer);
        Assert.Equal(0, mesh.Upstream.Open);
    }

    [Fact]
    public void Per_try_deadline_starts_another_attempt()
    {
        var mesh = new TestMesh(new() { PerTryTimeout = Ms(100), Retries = Retries(2) });
        mesh.Upstream.Plays(Step.Silence, Step.Answer());
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None), (call.Response.Status, call.Response.Flags));
        var first = mesh.Of(MeshEventKind.AttemptEnded).First();
        Assert.Equal((504, UT, TestMesh.Ticks(100)), (first.Outcome, first.Flags, first.At));
    }

    [Fact]
    public void Per_try_deadline_of_the_last_attempt_is_the_answer()
    {
        var mesh = new TestMesh(new() { PerTryTimeout = Ms(100), Retries = Retries(1) });
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((504, UT | URX), (call.Response.Status, call.Response.Flags));
        Assert.Equal(2, mesh.Upstream.Sent.Count);
    }

    [Fact]
    public void Per_try_deadline_ends_with_the_headers()
    {
        var mesh = new TestMesh(new() { PerTryTimeout = Ms(100) });
        mesh.Upstream.Plays(Step.Answer(after: 99).WithBody(500));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 99), call.Answer);
        Assert.Equal((true, 599.0), (call.Whole, call.EndedAt));
    }

    [Fact]
    public void Total_deadline_breaks_a_body_off()
    {
        var mesh = new TestMesh(new() { Timeout = Ms(100) });
        mesh.Upstream.Plays(Step.Answer().WithBody(500));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 10), call.Answer);
        Assert.Equal((false, 100.0), (call.Whole, call.EndedAt));
        var ended = Assert.Single(mesh.Of(MeshEventKind.RequestEnded));
        Assert.Equal((0, UT, 0L), (ended.Outcome, ended.Flags, ended.Bytes));
    }

    [Fact]
    public void Total_deadline_is_not_retried()
    {
        var mesh = new TestMesh(new() { Timeout = Ms(100), Retries = Retries(5) });
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((504, UT, 100), call.Answer);
        Assert.Single(mesh.Upstream.Sent);
    }

    /// <summary>The base of an hour makes the back-off reach beyond the deadline whatever is drawn: a draw below 90 ms has probability 2.5e-5.</summary>
    [Fact]
    public void Total_deadline_passes_in_the_back_off_and_counts_no_attempt()
    {
        var mesh = new TestMesh(new() { Timeout = Ms(100), Retries = Retries(5, backoff: 3_600_000) });
        mesh.Upstream.Plays(Step.Answer(503));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((504, UT, 100), call.Answer);
        Assert.Equal(0, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Attempt);
    }

    [Fact]
    public void Total_deadline_covers_all_attempts()
    {
        var mesh = new TestMesh(new() { Timeout = Ms(250), PerTryTimeout = Ms(100), Retries = Retries(5, backoff: 1) });
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((504, UT, 250), call.Answer);
        Assert.Equal([0, 100, 200], mesh.Upstream.Sent.Select(s => s.At / 1e4));
    }

    [Fact]
    public void Deadline_of_one_request_does_not_touch_the_next_that_uses_its_objects()
    {
        var mesh = new TestMesh(new() { Timeout = Ms(100) });
        mesh.Upstream.Plays(attempt => attempt.Request.Key == 1 ? Step.Answer(after: 99) : Step.Answer(after: 50));
        mesh.Call(key: 1);
        var second = mesh.Call(at: 99.5, key: 2);
        mesh.Run();
        Assert.Equal((200, None, 149.5), second.Answer);
    }

    /// <summary>The system's timers are cut to whole milliseconds, and may so fire before the deadline.</summary>
    [Fact]
    public void Deadline_is_kept_by_timers_that_fire_early()
    {
        var loop = new EventLoop();
        var mesh = new TestMesh(new() { Timeout = Ms(100.7) }, time: new CoarseTimers(loop), loop: loop);
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((504, UT), (call.Response.Status, call.Response.Flags));
        Assert.InRange(call.AnsweredAt!.Value, 100.7, 101.7);
    }

    private sealed class CoarseTimers(EventLoop loop) : TimeProvider
    {
        private readonly VirtualTimeProvider _exact = new(loop);

        public override long TimestampFrequency => _exact.TimestampFrequency;

        public override long GetTimestamp() => _exact.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => _exact.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new CoarseTimer(_exact.CreateTimer(callback, state, dueTime, period));

        private sealed class CoarseTimer(ITimer exact) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) =>
                exact.Change(dueTime < TimeSpan.Zero ? dueTime : Ms((long)dueTime.TotalMilliseconds), period);

            public void Dispose() => exact.Dispose();

            public ValueTask DisposeAsync() => exact.DisposeAsync();
        }
    }
}
