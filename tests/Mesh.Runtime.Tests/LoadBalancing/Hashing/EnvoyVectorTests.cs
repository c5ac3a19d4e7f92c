using System.Text;
using Mesh.Runtime.LoadBalancing.Hashing;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Hashing;

/// <summary>Rings and tables that Envoy's own tests have.</summary>
public class EnvoyVectorTests
{
    private static readonly Endpoint[] Hosts = Fleet.Named(Enumerable.Range(90, 6).Select(port => $"127.0.0.1:{port}"));
    private static readonly (int Port, ulong Hash)[] Ring12 =
    [
        (94, 833437586790550860), (92, 928266305478181108), (90, 1033482794131418490), (95, 3551244743356806947),
        (93, 3851675632748031481), (91, 5583722120771150861), (91, 6311230543546372928), (93, 7700377290971790572),
        (95, 13144177310400110813), (92, 13444792449719432967), (94, 15516499411664133160), (90, 16117243373044804889),
    ];

    [Fact]
    public void Ring_of_twelve_entries_is_Envoy_s()
    {
        var ring = HashRing.Build(Hosts, 12, 8 << 20, RingHashFunction.XxHash64);
        Assert.Equal(Ring12.Select(entry => entry.Hash), ring.Hashes.ToArray());
        Assert.Equal(Ring12.Select(entry => entry.Port), ring.Owners.ToArray().Select(owner => 90 + owner));
    }

    [Fact]
    public void Hash_belongs_to_the_first_entry_at_or_after_it_and_turned_down_picks_step_on()
    {
        var ring = HashRing.Build(Hosts, 12, 8 << 20, RingHashFunction.XxHash64);
        for (int i = 0; i < Ring12.Length; i++)
        {
            Assert.Equal(Port(i), 90 + ring.Find(Ring12[i].Hash, 0));
            Assert.Equal(Port(i + 1), 90 + ring.Find(Ring12[i].Hash + 1, 0));
            for (int attempt = 1; attempt < 30; attempt++) Assert.Equal(Port(i + attempt), 90 + ring.Find(Ring12[i].Hash, attempt));
        }
        Assert.Equal(94, 90 + ring.Find(0, 0));
        Assert.Equal(94, 90 + ring.Find(ulong.MaxValue, 0));

        static int Port(int index) => Ring12[index % Ring12.Length].Port;
    }

    [Theory]
    [InlineData("127.0.0.1:90 127.0.0.1:91 127.0.0.1:92 127.0.0.1:93 127.0.0.1:94 127.0.0.1:95", "92 94 90 91 95 90 93")]
    [InlineData("90 91 92 93 94 95", "92 95 90 93 94 91 90")]
    public void Maglev_table_of_seven_is_Envoy_s(string names, string expected)
    {
        var table = MaglevTable.Build(Fleet.Named(names.Split(' ')), 7);
        Assert.Equal(expected.Split(' ').Select(int.Parse), table.Owners.ToArray().Select(owner => 90 + owner));
        for (ulong hash = 0; hash < 30; hash++)
        {
            Assert.Equal(table.Owners[(int)(hash % 7)], table.Find(hash, 0));
            for (int attempt = 1; attempt < 5; attempt++)
                Assert.Equal(table.Owners[(int)((hash ^ (ulong.MaxValue - (ulong)attempt + 1)) % 7)], table.Find(hash, attempt));
        }
    }

    /// <summary>Of the order in which the endpoints come, nothing depends.</summary>
    [Fact]
    public void Maglev_table_does_not_depend_on_the_order_of_the_endpoints()
    {
        Endpoint[] reversed = [.. Hosts.Reverse()];
        var (one, other) = (MaglevTable.Build(Hosts, 251), MaglevTable.Build(reversed, 251));
        Assert.Equal(one.Owners.ToArray().Select(owner => Hosts[owner].Name), other.Owners.ToArray().Select(owner => reversed[owner].Name));
    }

    [Theory]
    [InlineData("foo", 9631199822919835226)]
    [InlineData("bar", 11474628671133349555)]
    [InlineData("foo\nbar", 16306510975912980159)]
    [InlineData("lyft", 12847078931730529320)]
    [InlineData("", 6142509188972423790)]
    public void Murmur_hash_is_Envoy_s(string text, ulong hash) => Assert.Equal(hash, MurmurHash2.Hash(Encoding.ASCII.GetBytes(text)));
}
