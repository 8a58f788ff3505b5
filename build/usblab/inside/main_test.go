package inside

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// passed is the line that the lab's program waits for (build/usblab).
const passed = "USB LAB PASSED"

func TestMain(m *testing.M) {
	if os.Getpid() != 1 {
		fmt.Println("these tests run inside the USB lab only: build/usblab/run")
		return
	}
	if err := Boot(); err != nil {
		fmt.Println("USB LAB: the machine does not start:", err)
	} else if m.Run() == 0 {
		fmt.Println(passed)
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}
