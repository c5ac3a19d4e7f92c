using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.Randomness;

public class KeyedRandomTests
{
    /// <summary>The known answers that Random123 is published with (kat_vectors, philox2x64-10).</summary>
    [Theory]
    [InlineData(0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0xca00a0459843d731, 0x66c24222c9a845b5)]
    [InlineData(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0x65b021d60cd8310f, 0x4d02f3222f86df20)]
    [InlineData(0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x0a5e742c2997341c, 0xb0f883d38000de5d)]
    public void Philox_gives_the_published_answers(ulong counter0, ulong counter1, ulong key, ulong first, ulong second) =>
        Assert.Equal((first, second), KeyedRandom.Philox(counter0, counter1, key));

    [Fact]
    public void Draw_is_a_function_of_all_its_keys_and_of_nothing_else()
    {
        var random = new KeyedRandom(42);
        ulong draw = random.Bits(Concern.ServiceTime, 7, 1, 2);
        Assert.Equal(draw, new KeyedRandom(42).Bits(Concern.ServiceTime, 7, 1, 2));
        ulong[] others =
        [
            new KeyedRandom(43).Bits(Concern.ServiceTime, 7, 1, 2),
            random.Bits(Concern.Error, 7, 1, 2),
            random.Bits(Concern.ServiceTime, 8, 1, 2),
            random.Bits(Concern.ServiceTime, 7, 2, 2),
            random.Bits(Concern.ServiceTime, 7, 1, 3),
        ];
        Assert.DoesNotContain(draw, others);
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    /// <summary>What varies from draw to draw, one dimension of the key at a time.</summary>
    public static TheoryData<string, Func<KeyedRandom, int, double>> Sequences => new()
    {
        { "key", (random, i) => random.Unit(Concern.ServiceTime, (ulong)i) },
        { "attempt", (random, i) => random.Unit(Concern.ServiceTime, 1, i) },
        { "index", (random, i) => random.Unit(Concern.ServiceTime, 1, 0, i) },
        { "seed", (_, i) => new KeyedRandom((ulong)i).Unit(Concern.ServiceTime, 1) },
        { "child key", (random, i) => random.Unit(Concern.ServiceTime, random.ChildKey(1, 0, i)) },
    };

    /// <summary>
    /// Chi-square over 100 cells has 99 degrees of freedom: mean 99, variance 198. A bound of mean + 6 standard deviations
    /// is passed by a fair generator with probability above 1 - 10⁻⁷.
    /// </summary>
    [Theory]
    [MemberData(nameof(Sequences))]
    public void Draws_are_uniform_along_each_key(string along, Func<KeyedRandom, int, double> draw)
    {
        const int draws = 100_000;
        const int cells = 100;
        var random = new KeyedRandom(1);
        var counts = new int[cells];
        for (int i = 0; i < draws; i++)
        {
            double unit = draw(random, i);
            Assert.InRange(unit, 0, 1 - double.Epsilon);
            counts[(int)(unit * cells)]++;
        }
        double expected = (double)draws / cells;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.True(chiSquare < 99 + (6 * Math.Sqrt(198)), $"Chi-square {chiSquare} along {along}.");
    }

    /// <summary>Successive draws of one sequence, and equal places of two concerns, do not correlate: |r| of n pairs stays below 5/√n.</summary>
    [Theory]
    [InlineData(Concern.ServiceTime, Concern.Error)]
    [InlineData(Concern.Arrival, Concern.Mix)]
    [InlineData(Concern.RequestLatency, Concern.ResponseLatency)]
    public void Concerns_draw_independently(Concern first, Concern second)
    {
        const int pairs = 100_000;
        var random = new KeyedRandom(1);
        double between = 0;
        double successive = 0;
        for (int i = 0; i < pairs; i++)
        {
            double a = random.Unit(first, (ulong)i) - 0.5;
            between += a * (random.Unit(second, (ulong)i) - 0.5);
            successive += a * (random.Unit(first, (ulong)i + 1) - 0.5);
        }
        double bound = 5 / Math.Sqrt(pairs);
        Assert.InRange(12 * between / pairs, -bound, bound);
        Assert.InRange(12 * successive / pairs, -bound, bound);
    }

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(ulong.MaxValue, 1 - (1.0 / (1L << 53)))]
    [InlineData(1UL << 63, 0.5)]
    public void Unit_takes_the_upper_53_bits(ulong bits, double unit) => Assert.Equal(unit, KeyedRandom.ToUnit(bits));

    [Theory]
    [InlineData(0, 7, 0)]
    [InlineData(ulong.MaxValue, 7, 6)]
    [InlineData(1UL << 63, 8, 4)]
    [InlineData(ulong.MaxValue, 1, 0)]
    public void Index_is_below_the_count(ulong bits, int count, int index) => Assert.Equal(index, KeyedRandom.ToIndex(bits, count));

    [Fact]
    public void Sequence_hands_out_both_halves_of_each_block()
    {
        var random = new KeyedRandom(3);
        var draws = new DrawSequence(random, Concern.LoadBalancing, 7, 1);
        for (int block = 0; block < 4; block++)
        {
            var (first, second) = random.Block(Concern.LoadBalancing, 7, 1, block);
            Assert.Equal(random.Bits(Concern.LoadBalancing, 7, 1, block), first);
            Assert.Equal(first, draws.Next());
            Assert.Equal(second, draws.Next());
        }
    }
}
