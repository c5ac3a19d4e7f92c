using System.Runtime.CompilerServices;
using Mesh.Runtime.Connections;
using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class EndpointStatesTests
{
    [Fact]
    public void State_of_an_endpoint_takes_at_most_64_bytes() => Assert.InRange(Unsafe.SizeOf<EndpointState>(), 1, 64);

    [Fact]
    public void Asking_for_the_load_of_an_unknown_endpoint_costs_nothing()
    {
        var states = new EndpointStates();
        Assert.Equal(0, states.InFlight(7));
        Assert.Equal(0, states.Count);
    }

    [Fact]
    public void Endpoint_that_left_is_forgotten_once_idle_and_gives_back_its_connections()
    {
        var states = new EndpointStates();
        for (int id = 0; id < 6; id++)
        {
            ref var state = ref states.GetOrAdd(id);
            state.InFlight = id % 2;
            state.Connections = new EndpointConnections();
            for (int c = 0; c <= id; c++) state.Connections.Opened();
        }
        Assert.Equal(1 + 5, states.Retain(new HashSet<int> { 2, 3 }));   // 0 and 4 go; 1 and 5 are busy
        Assert.Equal(4, states.Count);
        Assert.True(states.GetOrAdd(5).Leaving);
        Assert.False(states.GetOrAdd(3).Leaving);
        Assert.Equal(6, states.Forget(5));
        Assert.Equal(3, states.Count);
    }

    [Fact]
    public void Endpoints_that_come_and_go_for_ever_take_no_more_room()
    {
        var states = new EndpointStates();
        for (int generation = 0; generation < 20_010; generation++)
        {
            for (int i = 0; i < 10; i++) states.GetOrAdd(generation * 10 + i).Latency = 1;
            states.Retain(Enumerable.Range(generation * 10, 10).ToHashSet());
            Assert.InRange(states.Pages, 2, 3);   // ten ids in pages of eight; 200,100 states would be 25,013
        }
        Assert.Equal(10, states.Count);
        Assert.Equal(1, states.GetOrAdd(200_095).Latency);
        Assert.Equal(0, states.GetOrAdd(5).Latency);
    }

    [Fact]
    public void Endpoint_that_comes_back_in_time_is_kept()
    {
        var states = new EndpointStates();
        states.GetOrAdd(1).InFlight = 1;
        states.Retain(new HashSet<int>());
        states.Retain(new HashSet<int> { 1 });
        Assert.False(states.GetOrAdd(1).Leaving);
    }
}
