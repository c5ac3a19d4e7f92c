using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Resilience;

namespace Mesh.Runtime.Tests.Resilience;

/// <summary>
/// Brooker's experiment ("Exponential Backoff And Jitter", AWS Architecture Blog 2015): clients compete for one row under optimistic locking, one way over the network
/// takes |Normal(10, 2)| ms, and one that lost reads and writes again after the back-off. The numbers are those of a run of his simulator.
/// </summary>
public class JitterTests
{
    private const int Runs = 100;

    private static readonly RetryConfig Full = new() { BackoffBase = TimeSpan.FromMilliseconds(10), BackoffMax = TimeSpan.FromSeconds(2) };
    private static readonly RetryConfig Linkerd = Full with { BackoffStyle = BackoffStyle.Linkerd };
    private static readonly RetryConfig None = Linkerd with { BackoffJitter = 0 };

    /// <summary>Envoy's back-off is his "full jitter"; Linkerd's without jitter is his plain exponential. Times have the standard error of his 100 runs.</summary>
    [Theory]
    [InlineData(10, 445, 21, 38, 2966, 226, 49)]
    [InlineData(50, 2781, 123, 331, 35766, 677, 617)]
    [InlineData(100, 4907, 129, 797, 61369, 767, 1836)]
    public void Time_and_calls_are_those_of_the_experiment(int clients, double fullMs, double fullError, double fullCalls, double noneMs, double noneError, double noneCalls)
    {
        var (time, calls) = Compete(clients, Full);
        Assert.Equal(fullMs, time, 4 * Math.Sqrt(2) * fullError);   // his error and ours
        Assert.Equal(fullCalls, calls, 0.04 * fullCalls + 0.5);
        (time, calls) = Compete(clients, None);
        Assert.Equal(noneMs, time, 4 * Math.Sqrt(2) * noneError);
        Assert.Equal(noneCalls, calls, 0.04 * noneCalls + 0.5);
    }

    /// <summary>Full jitter is done first, jitter on top of the interval makes the fewest calls, and none at all is worst in both.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    public void Jitter_orders_the_back_offs(int clients)
    {
        var (full, linkerd, none) = (Compete(clients, Full), Compete(clients, Linkerd), Compete(clients, None));
        Assert.True(full.Milliseconds < linkerd.Milliseconds && linkerd.Milliseconds < 0.2 * none.Milliseconds);
        Assert.True(linkerd.Calls < full.Calls && full.Calls < 0.6 * none.Calls);
    }

    /// <summary>Mean time until the last client is done, in ms, and mean number of writes.</summary>
    private static (double Milliseconds, double Calls) Compete(int clients, RetryConfig backoff)
    {
        double time = 0, calls = 0;
        for (ulong run = 0; run < Runs; run++)
        {
            var (end, writes) = new Row(new KeyedRandom(run), backoff).Run(clients);
            time += end / Runs;
            calls += (double)writes / Runs;
        }
        return (time, calls);
    }

    /// <summary>The row, and what is under way to it and back.</summary>
    private sealed class Row(KeyedRandom random, RetryConfig backoff)
    {
        private enum Step { Read, Answered, Write }

        private readonly PriorityQueue<(Step Step, int Client, int Version), (double At, int Order)> _under = new();
        private int _draws;
        private int _order;

        public (double End, int Writes) Run(int clients)
        {
            int[] lost = new int[clients];
            int version = 0, writes = 0;
            double end = 0;
            for (int client = 0; client < clients; client++) Send(0, Step.Read, client, 0);
            while (_under.TryDequeue(out var one, out var when))
            {
                if (one.Step == Step.Read) Send(when.At, Step.Answered, one.Client, version);
                else if (one.Step == Step.Answered) Send(when.At, Step.Write, one.Client, one.Version);
                else
                {
                    writes++;
                    double answered = when.At + Way();
                    if (one.Version == version)
                    {
                        version++;
                        end = Math.Max(end, answered);
                    }
                    else Send(answered + RetryBackoff.Delay(backoff, lost[one.Client]++, Bits()).TotalMilliseconds, Step.Read, one.Client, 0);
                }
            }
            return (end, writes);
        }

        private void Send(double now, Step step, int client, int version) => _under.Enqueue((step, client, version), (now + Way(), _order++));

        private double Way() => Math.Abs(10 + 2 * Math.Sqrt(-2 * Math.Log(1 - KeyedRandom.ToUnit(Bits()))) * Math.Cos(2 * Math.PI * KeyedRandom.ToUnit(Bits())));

        private ulong Bits() => random.Bits(Concern.Backoff, 0, 0, _draws++);
    }
}
