using System.Reflection;

namespace Mesh.Architecture.Tests;

public class DependencyTests
{
    public static TheoryData<string> Rooms => [.. House.Rooms.Keys];

    [Fact]
    public void Every_product_room_has_its_place_in_the_direction_of_dependencies()
    {
        var rooms = Directory.EnumerateDirectories(House.Root, "Mesh.*").Select(House.Relative);
        Assert.Equal(House.Rooms.Keys.Order(StringComparer.Ordinal), rooms.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_s_project_refers_only_to_rooms_that_it_may_know(string room)
    {
        var referred = House.Project(room).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(referred.Except(House.Rooms[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_s_assembly_uses_only_rooms_that_it_may_know(string room)
    {
        var assembly = Assembly.Load(room == "Mesh.Scenarios" ? "meshlab" : room);
        var used = assembly.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name == "meshlab" || name.StartsWith("Mesh.", StringComparison.Ordinal));
        Assert.Empty(used.Except(House.Rooms[room]));
    }

    [Theory]
    [InlineData("Mesh.Simulator", "Yarp", "Microsoft.AspNetCore")]
    [InlineData("Mesh.Reports", "Yarp", "Microsoft.AspNetCore", "Akka", "Polly")]
    public void Virtual_rooms_use_nothing_that_is_live_only(string room, params string[] foreign)
    {
        var used = Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!);
        Assert.DoesNotContain(used, name => foreign.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
    }
}
