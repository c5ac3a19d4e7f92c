using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>Who ends an attempt, in every order in which threads may come.</summary>
public class AttemptLifeTests
{
    private const long Deadline = 1000;
    private static readonly BodyEnd Whole = new(true, false, null, -1, None);
    private readonly AttemptLife _life = new(new DeadlineTimer(new VirtualTimeProvider(new EventLoop()), static _ => { }, new object()));
    private readonly CancellationTokenSource _caller = new();

    public AttemptLifeTests() => Begin();

    private void Begin(CancellationToken? caller = null, ResponseFlags giveUpFlag = DC, long idleTimeout = 0) => _life.Begin(caller ?? _caller.Token, giveUpFlag, Deadline, idleTimeout);

    [Fact]
    public void First_to_stop_it_decides_why()
    {
        _life.AwaitHeaders(100, 0);
        Assert.Equal(StopKind.BeforeHeaders, _life.Expire(100));
        _caller.Cancel();
        Assert.Equal(StopKind.None, _life.GiveUp());
        Assert.Equal(UT, _life.CancelledBecause);
    }

    [Fact]
    public void Headers_that_come_after_a_stop_are_not_wanted()
    {
        _caller.Cancel();
        _life.GiveUp();
        Assert.True(_life.AtHeaders(complete: false, 0, out var cancelled));
        Assert.Equal(DC, cancelled);
    }

    [Fact]
    public void Token_of_an_earlier_life_does_not_stop_this_one()
    {
        _life.AtHeaders(complete: true, 0, out _);
        using var another = new CancellationTokenSource();
        Begin(another.Token);
        _caller.Cancel();
        Assert.Equal(StopKind.None, _life.GiveUp());
        Assert.Equal(None, _life.CancelledBecause);
        another.Cancel();
        Assert.Equal(StopKind.BeforeHeaders, _life.GiveUp());
    }

    [Fact]
    public void Timer_of_an_earlier_life_does_not_stop_this_one()
    {
        _life.AwaitHeaders(100, 0);
        _life.AtHeaders(complete: true, 99, out _);
        Assert.Equal(StopKind.None, _life.Expire(100));
        Begin();
        Assert.Equal(StopKind.None, _life.Expire(100));
        _life.AwaitHeaders(300, 100);
        Assert.Equal(StopKind.None, _life.Expire(299));
        Assert.Equal(StopKind.BeforeHeaders, _life.Expire(300));
    }

    [Fact]
    public void End_that_overtakes_its_headers_ends_the_request_once_the_caller_has_them()
    {
        Assert.False(_life.TryEnd(Whole, out bool held));
        Assert.False(held);
        Assert.False(_life.AtHeaders(complete: false, 0, out _));
        Assert.True(_life.HandOver());
        Assert.Equal(Whole, _life.End);
        Assert.True(_life.Release());   // nobody but the pipeline holds it
    }

    [Fact]
    public void End_while_the_answer_is_judged_waits_for_the_verdict()
    {
        _life.AtHeaders(complete: false, 0, out _);
        Assert.False(_life.TryEnd(Whole, out bool held));
        Assert.True(held);
        Assert.False(_life.Abandon());   // there is nothing left to cancel
        Assert.True(_life.End.Complete);
        Assert.Equal(None, _life.CancelledBecause);
    }

    [Fact]
    public void Stop_while_the_answer_is_judged_ends_the_request_once_the_caller_has_it()
    {
        _life.AtHeaders(complete: false, 0, out _);
        _caller.Cancel();
        Assert.Equal(StopKind.InBody, _life.GiveUp());
        Assert.True(_life.HandOver());
        Assert.Equal(BodyEnd.Broken(DC), _life.End);
        Assert.False(_life.TryEnd(Whole, out _));
        Assert.False(_life.End.Complete);
    }

    [Theory]
    [InlineData(0, 1000, UT)]
    [InlineData(200, 200, SI)]
    [InlineData(5000, 1000, UT)]
    public void Silence_in_the_body_is_SI_and_the_end_of_the_request_s_time_UT(long idleTimeout, long at, ResponseFlags why)
    {
        Begin(idleTimeout: idleTimeout);
        _life.AtHeaders(complete: false, 0, out _);
        Assert.False(_life.HandOver());
        Assert.Equal(StopKind.None, _life.Expire(at - 1));
        Assert.Equal(StopKind.EndsRequest, _life.Expire(at));
        Assert.Equal(why, _life.CancelledBecause);
    }

    [Fact]
    public void Winner_that_was_stopped_as_beaten_was_stopped_by_its_caller()
    {
        Begin(giveUpFlag: LR);
        _life.AtHeaders(complete: false, 0, out _);
        _caller.Cancel();
        _life.GiveUp();
        _life.MoveTo(_caller.Token, DC);
        Assert.Equal((DC, DC), (_life.CancelledBecause, _life.End.Flags));
    }

    [Fact]
    public void Attempt_that_has_moved_ends_with_its_new_caller_only()
    {
        using var another = new CancellationTokenSource();
        Begin(giveUpFlag: LR);
        _life.AtHeaders(complete: false, 0, out _);
        _life.MoveTo(another.Token, DC);
        _life.HandOver();
        _caller.Cancel();
        Assert.Equal(StopKind.None, _life.GiveUp());
        another.Cancel();
        Assert.Equal(StopKind.EndsRequest, _life.GiveUp());
    }

    [Fact]
    public void Progress_after_the_end_sets_no_timer()
    {
        Begin(idleTimeout: 100);
        _life.AtHeaders(complete: false, 0, out _);
        _life.HandOver();
        Assert.True(_life.TryEnd(Whole, out _));
        _life.Progress(50);
        Assert.Equal(StopKind.None, _life.Expire(500));
    }

    /// <summary>Reader, timer, caller and pipeline at once: one of them ends the request, and one of them, the last, gives the object back.</summary>
    [Fact]
    public void Whatever_the_order_it_ends_once_and_is_given_back_once()
    {
        for (int i = 0; i < 5000; i++)
        {
            using var caller = new CancellationTokenSource();
            Begin(caller.Token);
            _life.AwaitHeaders(Deadline, 0);
            int finished = 0, given = 0;
            void Release() => Interlocked.Add(ref given, _life.Release() ? 1 : 0);
            void Finish()
            {
                Interlocked.Increment(ref finished);
                Release();   // the pipeline's
            }
            void Stop(StopKind kind)
            {
                if (kind == StopKind.None) return;
                if (kind == StopKind.EndsRequest) Finish();
                Release();
            }
            Parallel.Invoke(
                () =>
                {
                    if (_life.AtHeaders(complete: false, 0, out _) || _life.HandOver()) Finish();
                },
                () =>
                {
                    if (_life.TryEnd(Whole, out bool held)) Finish();
                    if (held) Release();
                },
                () => Stop(_life.Expire(Deadline)),
                () =>
                {
                    caller.Cancel();
                    Stop(_life.GiveUp());
                });
            Assert.Equal((1, 1), (finished, given));
        }
    }
}
